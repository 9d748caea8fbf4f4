"""Starlette with the routes of routes.tsv (methods, template) in the working directory, at the root and mounted at /api.

Each answers 299 and the number of its line. Everything else has an empty body.
"""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Mount, Route


def route(number, line):
    methods, template = line.rstrip("\n").split("\t")

    async def answer(request):
        return Response(status_code=299, headers={"x-route": str(number)})

    return Route(template, answer, methods=methods.split(","))


async def refuse(request, error):
    return Response(status_code=error.status_code)


with open("routes.tsv", encoding="ascii") as lines:
    ROUTES = [route(number, line) for number, line in enumerate(lines)]

app = Starlette(routes=[*ROUTES, Mount("/api", routes=ROUTES)], exception_handlers={HTTPException: refuse})
