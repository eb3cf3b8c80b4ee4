"""Serve the collections of a folder with pywb over TLS; run by its environment.

Usage: python pywb_server.py CERTIFICATE KEY, in that folder. Prints its port.
"""

import sys

from gevent.monkey import patch_all

patch_all()

from gevent.pywsgi import WSGIServer  # noqa: E402 - after the patch
from pywb.apps.frontendapp import FrontEndApp  # noqa: E402 - after the patch

certificate, key = sys.argv[1:]
server = WSGIServer(
    ("127.0.0.1", 0),
    FrontEndApp(custom_config={"debug": False}),
    certfile=certificate,
    keyfile=key,
    log=None,
)
server.start()
sys.stdout.write(f"{server.server_port}\n")
sys.stdout.flush()
server.serve_forever()
