"""
Stands in for LiteLLM's process in a unit: answers /health/liveliness and /health/readiness as
litellm/proxy/health_endpoints/_health_endpoints.py does, by the environment and the configuration that it was started with.

Arguments: port, folder, --config and a path. In the folder: `environment` is written (what it was started with); a file `no-prisma` has it come up without
its database, as LiteLLM does where the prisma command is missing; `crash` has it end at once; each for a configuration that is wired.
"""

import http.server
import json
import os
import signal
import sys

# Nobody waits for it if the test is killed.
signal.alarm(600)
PORT, FOLDER = int(sys.argv[1]), sys.argv[2]
CONFIG = sys.argv[sys.argv.index("--config") + 1]


def is_told(name):
    with open(CONFIG, encoding="utf-8") as config:
        return os.path.exists(os.path.join(FOLDER, name)) and "database_url" in config.read()


with open(os.path.join(FOLDER, "environment"), "w", encoding="utf-8") as file:
    json.dump(dict(os.environ), file)
if is_told("crash"):
    sys.exit(1)
with open(CONFIG, encoding="utf-8") as config:
    text = config.read()
connected = "DATABASE_URL" in os.environ and not is_told("no-prisma")
READY = {
    "status": "connected" if connected else "healthy",
    "db": "connected" if connected else "Not connected",
    "cache": "redis" if "type: redis" in text else None,
    "litellm_version": "1.81.9",
    "success_callbacks": [],
    "use_aiohttp_transport": True,
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(READY if self.path == "/health/readiness" else "I'm alive!").encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
