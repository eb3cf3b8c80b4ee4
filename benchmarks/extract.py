"""Time and F1 of `scraper.extract` beside trafilatura, on the same pages in one run.

    python benchmarks/extract.py [CORPUS]

CORPUS is a folder with `gold/<set>/*.json` and `score.py`, by default the one beside
the checkout. Trafilatura is no dependency; to compare, install it into a folder of its
own (`pip install --target DIR trafilatura lxml_html_clean`) and run with
`PYTHONPATH=.:DIR`. Times are
CPU milliseconds, the best of three runs of a page.
"""

import importlib.util
import json
import statistics
import sys
import time
from pathlib import Path

from scraper import document, extract, extraction

try:
    import trafilatura
except ImportError:
    trafilatura = None

ROUNDS = 3


def loaded(folder):
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ours(body, url):
    return [block.text for block in extract(body, url=url).blocks]


def theirs(body, url):
    # With metadata, as ours: title, date and byline are half of the work.
    found = trafilatura.bare_extraction(body, url=url, with_metadata=True)
    return (found.text or "").split("\n") if found else []


def hashed(body, url):
    extraction.main_sha256(document.parse(body, url=url))
    return []


def measured(run, pages):
    """Return for each page the best time, ms, and the blocks found."""
    rows = []
    for body, url in pages:
        best, blocks = float("inf"), []
        for _ in range(ROUNDS):
            start = time.process_time()
            blocks = run(body, url)
            best = min(best, (time.process_time() - start) * 1000)
        rows.append((best, blocks))
    return rows


def f1(score, blocks, gold):
    text = " ".join(gold["paragraphs"]) if "paragraphs" in gold else gold["text"]
    return score.f1(score.words(" ".join(blocks)), score.words(text))[0]


def main() -> int:
    here = Path(__file__).resolve().parents[2] / "shared" / "corpus"
    folder = Path(sys.argv[1]) if sys.argv[1:] else here
    if not (folder / "score.py").exists():
        print(f"no corpus in {folder}")
        return 2
    score = loaded(folder)
    golds = [
        json.loads(path.read_text("utf-8"))
        for path in sorted(folder.glob("gold/*/*.json"))
    ]
    pages = [((folder / gold["file"]).read_bytes(), gold["url"]) for gold in golds]
    runs = {"govwatch": ours, "govwatch, hash only": hashed}
    if trafilatura is None:
        print("trafilatura is not here; see the top of this file for how to get it")
    else:
        runs["trafilatura " + trafilatura.__version__] = theirs
    print(f"{len(pages)} pages{'':17}median ms  p95 ms  body F1")
    for name, run in runs.items():
        measured(run, pages[:3])
        rows = measured(run, pages)
        times = sorted(row[0] for row in rows)
        told = [
            f1(score, blocks, g) for (_, blocks), g in zip(rows, golds, strict=True)
        ]
        shown = f"{statistics.fmean(told):8.3f}" if run is not hashed else ""
        p95 = times[int(0.95 * (len(times) - 1))]
        print(f"{name:25} {statistics.median(times):9.2f} {p95:7.2f} {shown}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
