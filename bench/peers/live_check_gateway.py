"""The design that HxFunctions replaces, as a peer to measure against: a FastAPI gateway whose middleware looks at
PostgreSQL and then at Redis, live, on every request to an admin route.

Debian packages: python3-fastapi python3-uvicorn python3-uvloop python3-httptools python3-asyncpg python3-redis
Run by bench/run: PG_URL=... REDIS_URL=... /usr/bin/python3 -m uvicorn live_check_gateway:app --port PORT
"""
import asyncio
import os

import asyncpg
import redis.asyncio as redis
from fastapi import FastAPI
from fastapi.responses import JSONResponse

GUARDED = ("/v1/keys", "/v1/api_keys", "/v1/teams", "/v1/users", "/v1/tenants")
PG_TIMEOUT = 3.0
REDIS_TIMEOUT = 2.0

app = FastAPI()
pool = None
cache = redis.from_url(os.environ["REDIS_URL"], decode_responses=True, socket_connect_timeout=REDIS_TIMEOUT)


async def select_one():
    global pool
    if pool is None:
        pool = await asyncpg.create_pool(os.environ["PG_URL"], min_size=1, max_size=5)
    async with pool.acquire() as connection:
        return await connection.fetchval("SELECT 1;") == 1


async def passes(check, timeout):
    try:
        return bool(await asyncio.wait_for(check(), timeout))
    except Exception:
        return False


@app.middleware("http")
async def guard(request, call_next):
    if not request.url.path.startswith(GUARDED):
        return await call_next(request)
    # One after the other, as the wrapper did.
    found = {"PostgreSQL": await passes(select_one, PG_TIMEOUT), "Redis": await passes(cache.ping, REDIS_TIMEOUT)}
    missing = [name for name, ok in found.items() if not ok]
    if missing:
        return JSONResponse({"detail": f"Gateway dependency unavailable: {', '.join(missing)}."}, 503)
    return await call_next(request)


@app.get("/v1/keys")
async def keys():
    return {"keys": []}
