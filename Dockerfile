FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.txt pyproject.toml README.md LICENSE ./
COPY scraper scraper
COPY config config
RUN python -m venv /app \
 && /app/bin/pip install --no-cache-dir --require-hashes -r requirements.txt \
 && /app/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
# The database is the one thing written: mount a volume at /data.
RUN useradd --uid 10001 --create-home govwatch \
 && mkdir /data && chown govwatch /data
COPY --from=build /app /app
USER govwatch
WORKDIR /data
# One pool of memory for all threads: glibc's many keep what each of them once needed.
ENV PATH=/app/bin:$PATH GOVWATCH_DB=/data/govwatch.db MALLOC_ARENA_MAX=1
HEALTHCHECK --interval=1m --timeout=10s CMD ["govwatch", "status", "--health"]
ENTRYPOINT ["govwatch"]
CMD ["run"]
