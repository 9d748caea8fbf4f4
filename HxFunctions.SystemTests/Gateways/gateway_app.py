"""What stands behind a gateway: model routes that say what arrived, and admin routes that count who came through, as does the guard's key."""

import asyncio
import hashlib
import time

from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route, WebSocketRoute

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

reached = []
released = {}


async def echo(request):
    if "x-functions-key" in request.headers:
        reached.append("the guard's key at " + request.url.path)
    digest, length = hashlib.sha256(), 0
    async for chunk in request.stream():
        digest.update(chunk)
        length += len(chunk)
    query = request.scope["query_string"]
    target = request.scope["raw_path"] + (b"?" + query if query else b"")
    return JSONResponse(
        {
            "method": request.method,
            "target": target.decode("latin-1"),
            "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in request.scope["headers"]],
            "length": length,
            "sha256": digest.hexdigest(),
        },
        headers={"x-backend": "model"},
    )


async def status(request):
    code = int(request.path_params["code"])
    return PlainTextResponse("the backend's own", status_code=code, headers={"x-backend": "status", "retry-after": "77"})


async def events(request):
    """One event, and the other once it is asked for: who buffers never sees the first."""
    event = released.setdefault(request.path_params["name"], asyncio.Event())

    async def lines():
        yield "data: first\n\n"
        await event.wait()
        yield "data: last\n\n"

    return StreamingResponse(lines(), media_type="text/event-stream")


async def release(request):
    released.setdefault(request.path_params["name"], asyncio.Event()).set()
    return PlainTextResponse("")


async def ticks(request):
    """Sixty events, 30 ms apart, as a model's tokens come. Each says when it was sent, in seconds since 1970."""

    async def lines():
        for _ in range(60):
            yield f"data: {time.time():.6f}\n\n"
            await asyncio.sleep(0.03)

    return StreamingResponse(lines(), media_type="text/event-stream")


async def realtime(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


async def admin(request):
    reached.append(request.method + " " + request.scope["raw_path"].decode("latin-1"))
    return PlainTextResponse("admin", headers={"x-backend": "admin"})


async def reached_so_far(request):
    return JSONResponse(reached)


ADMIN = [
    Route("/v1/keys", admin, methods=METHODS),
    Route("/v1/keys/{rest:path}", admin, methods=METHODS),
    Route("/key", admin, methods=METHODS),
    Route("/key/{rest:path}", admin, methods=METHODS),
]

app = Starlette(
    routes=[
        Route("/reached", reached_so_far),
        Route("/v1/status/{code:int}", status, methods=METHODS),
        Route("/v1/ticks", ticks),
        Route("/v1/events/{name}", events),
        Route("/v1/events/{name}/release", release, methods=["POST"]),
        WebSocketRoute("/v1/realtime", realtime),
        *ADMIN,
        Mount("/api", routes=ADMIN),
        Route("/{path:path}", echo, methods=METHODS),
    ]
)
