"""What LiteLLM's proxy makes of a configuration and an environment, as far as Redis goes, with the real redis-py: which clients it builds,
whether it gets through its start, and where its clients then are. The rules are those of LiteLLM 1.74.4 and 1.81.9, in our words; each says
which function of LiteLLM's it is for. A list of cases comes as JSON on standard input, and their outcomes go as JSON to standard output."""

import asyncio
import concurrent.futures
import inspect
import json
import os
import sys

import redis
import redis.asyncio
import redis.asyncio.cluster
import redis.cluster
import yaml

REFERENCE = "os.environ/"

# Arguments that litellm/caching/caching.py, Cache.__init__, names, less those that it hands to its client (host, port, password) or that
# tell the kind of client: they go no further.
OF_THE_CACHE = set(
    """
    type mode namespace ttl default_in_memory_ttl default_in_redis_ttl similarity_threshold supported_call_types azure_account_url
    azure_blob_container s3_bucket_name s3_region_name s3_api_version s3_use_ssl s3_verify s3_endpoint_url s3_aws_access_key_id
    s3_aws_secret_access_key s3_aws_session_token s3_config s3_path gcs_bucket_name gcs_path_service_account gcs_path
    redis_semantic_cache_embedding_model redis_semantic_cache_index_name redis_flush_size redis_startup_nodes disk_cache_dir
    qdrant_api_base qdrant_api_key qdrant_collection_name qdrant_quantization_config qdrant_semantic_cache_embedding_model
    gcp_service_account gcp_ssl_ca_certs
    """.split()
)
SINCE_1_81 = {"gcs_bucket_name", "gcs_path_service_account", "gcs_path", "gcp_service_account", "gcp_ssl_ca_certs"}
KINDS = {"local", "redis", "redis-semantic", "qdrant-semantic", "s3", "gcs", "azure-blob", "disk"}


class DoesNotStart(Exception):
    """The exception that ends LiteLLM's start is its cause."""


class Proxy:
    """A proxy that starts with a configuration, in an environment."""

    def __init__(self, config, started, version):
        self.environment = dict(started)
        # litellm/constants.py reads both when it is imported.
        self.sentinel_timeout = float(started.get("REDIS_SOCKET_TIMEOUT", 0.1))
        self.pool_timeout = int(started.get("REDIS_CONNECTION_POOL_TIMEOUT", 5))
        self.version = version
        # get_config in litellm/proxy/proxy_server.py resolves references before _load_environment_variables runs.
        self.config = self.resolved(yaml.safe_load(config) or {})
        for name, value in (self.config.get("environment_variables") or {}).items():
            self.environment[name] = str(value)

    def secret(self, name):
        """get_secret in litellm/secret_managers/main.py, without a secret manager."""
        value = self.environment.get(name.replace(REFERENCE, ""))
        return {"true": True, "false": False}.get(value.strip().lower(), value) if value is not None else None

    def resolved(self, node):
        """_check_for_os_environ_vars in litellm/proxy/proxy_server.py: texts in mappings, at any depth, but not those in lists."""
        for key, value in node.items():
            if isinstance(value, dict):
                self.resolved(value)
            elif isinstance(value, list):
                for item in value:
                    if isinstance(item, dict):
                        self.resolved(item)
            elif isinstance(value, str) and value.startswith(REFERENCE):
                node[key] = self.secret(value)
        return node

    def cache(self):
        """load_config in litellm/proxy/proxy_server.py, and Cache.__init__. The kind of cache, and the arguments of its client."""
        settings = self.config.get("litellm_settings") or {}
        if settings.get("cache") is not True:
            return "off", None
        given = dict(settings.get("cache_params", {}))
        if not given:
            given = {"type": "redis", "host": self.secret("REDIS_HOST"), "port": self.secret("REDIS_PORT")}
            if self.secret("REDIS_PASSWORD") is not None:
                given["password"] = self.secret("REDIS_PASSWORD")
        kind = given.get("type", "local")
        if kind not in KINDS:
            raise AttributeError("a Cache without a cache")
        if kind != "redis":
            return kind, None
        named = OF_THE_CACHE if self.version >= (1, 81) else OF_THE_CACHE - SINCE_1_81
        arguments = {name: value for name, value in given.items() if name not in named}
        if given.get("redis_startup_nodes"):
            arguments["startup_nodes"] = given["redis_startup_nodes"]
            if self.version >= (1, 81):
                arguments.update(
                    {name: given[name] for name in ("gcp_service_account", "gcp_ssl_ca_certs") if given.get(name) is not None}
                )
        return kind, arguments

    def router(self):
        """Router.__init__ in litellm/router.py: the arguments of a client of its own; None: it has none."""
        settings = self.config.get("router_settings") or {}
        if settings.get("redis_url") is None and (settings.get("redis_host") is None or settings.get("redis_port") is None):
            return None
        arguments = {"url": settings.get("redis_url"), "host": settings.get("redis_host"), "password": settings.get("redis_password")}
        arguments["port"] = None if settings.get("redis_port") is None else str(settings["redis_port"])
        if self.version >= (1, 81) and settings.get("redis_db") is not None:
            arguments["db"] = str(settings["redis_db"])
        arguments = {name: value for name, value in arguments.items() if value is not None}
        arguments.update(settings.get("cache_kwargs", {}))
        return arguments


class Clients:
    """The clients of one RedisCache (litellm/caching/redis_cache.py), built by litellm/_redis.py."""

    def __init__(self, proxy, given):
        self.proxy = proxy
        given = {"socket_timeout": 5.0} | given
        for name in ("host", "port", "password", "startup_nodes", "socket_timeout"):
            if given.get(name, "") is None:
                del given[name]
        for name in ("redis_flush_size", "namespace"):
            given.pop(name, None)
        self.given = given

    def arguments(self):
        """_get_redis_client_logic."""
        names = [name for name in inspect.getfullargspec(redis.Redis).args if name not in ("self", "connection_pool", "retry")]
        names += ["url", "redis_connect_func"]
        secret = self.proxy.secret
        found = {name: secret("REDIS_" + name.upper()) for name in names}
        arguments = {name: value for name, value in found.items() if value is not None} | self.given
        for name, variable in (("startup_nodes", "REDIS_CLUSTER_NODES"), ("sentinel_nodes", "REDIS_SENTINEL_NODES")):
            nodes = arguments.get(name) or secret(variable)
            if isinstance(nodes, str):
                arguments[name] = json.loads(nodes)
        password = arguments.get("sentinel_password") or secret("REDIS_SENTINEL_PASSWORD")
        if password is not None and not (isinstance(password, bool) and not arguments.get("sentinel_password")):
            arguments["sentinel_password"] = password
        service = arguments.get("service_name") or secret("REDIS_SERVICE_NAME")
        if service is not None:
            arguments["service_name"] = service
        if arguments.get("url") is not None:
            for name in ("host", "port", "db", "password"):
                arguments.pop(name, None)
        elif all(arguments.get(name) is None for name in ("startup_nodes", "sentinel_nodes", "host")):
            raise ValueError("neither a host nor a URL")
        return arguments

    def for_cluster(self, arguments):
        """_get_redis_cluster_kwargs: what a cluster's clients get."""
        names = set(inspect.getfullargspec(redis.RedisCluster).args) - {"self", "connection_pool", "retry", "host", "port", "startup_nodes"}
        names |= {"password", "username", "ssl"}
        if self.proxy.version >= (1, 81):
            names |= {"ssl_cert_reqs", "ssl_check_hostname", "ssl_ca_certs", "redis_connect_func", "max_connections"}
        nodes = [redis.cluster.ClusterNode(**node) for node in arguments["startup_nodes"]]
        return nodes, {name: value for name, value in arguments.items() if name in names}

    def sentinel(self, module, arguments):
        """_init_redis_sentinel and _init_async_redis_sentinel."""
        nodes, service = arguments.get("sentinel_nodes"), arguments.get("service_name")
        if not nodes or not service:
            raise ValueError("sentinels without a service")
        password = arguments.get("sentinel_password")
        return module.Sentinel(nodes, socket_timeout=self.proxy.sentinel_timeout, password=password).master_for(service)

    def synchronous(self):
        """get_redis_client."""
        arguments = self.arguments()
        if arguments.get("url") is not None:
            return redis.Redis.from_url(arguments["url"])
        fixed = self.proxy.secret("REDIS_CLUSTER_NODES")
        if "startup_nodes" in arguments or fixed is not None:
            if fixed is not None:
                arguments["startup_nodes"] = json.loads(fixed)
            nodes, rest = self.for_cluster(arguments)
            return redis.RedisCluster(startup_nodes=nodes, **rest)
        if "sentinel_nodes" in arguments and "service_name" in arguments:
            return self.sentinel(redis, arguments)
        return redis.Redis(**arguments)

    def pool(self):
        """get_redis_connection_pool."""
        arguments = self.arguments()
        pool = redis.asyncio.BlockingConnectionPool
        if arguments.get("url") is not None:
            return pool.from_url(url=arguments["url"], timeout=self.proxy.pool_timeout)
        if "ssl" in arguments:
            del arguments["ssl"]
            arguments["connection_class"] = redis.asyncio.SSLConnection
        arguments.pop("startup_nodes", None)
        return pool(timeout=self.proxy.pool_timeout, **arguments)

    def asynchronous(self, pool):
        """get_redis_async_client."""
        arguments = self.arguments()
        if arguments.get("url") is not None:
            return redis.asyncio.Redis.from_url(arguments["url"])
        if "startup_nodes" in arguments:
            nodes, rest = self.for_cluster(arguments)
            rest.pop("redis_connect_func", None)
            client = redis.asyncio.RedisCluster(startup_nodes=nodes, **rest)
            # From redis-py 4.4 on the client makes nodes of its own of the ones of the synchronous module that LiteLLM gives it.
            node = redis.asyncio.cluster.ClusterNode
            own = [node(given.host, given.port, **client.connection_kwargs) for given in nodes]
            client.nodes_manager.startup_nodes = {made.name: made for made in own}
            return client
        if "sentinel_nodes" in arguments and "service_name" in arguments:
            return self.sentinel(redis.asyncio, arguments)
        return redis.asyncio.Redis(**(arguments | {"connection_pool": pool}))


def reached(ping, user, client, server):
    """Where a connection is, by the server's own words. redis-py 4 reads them for us, and other versions give the text."""
    if not isinstance(client, dict):
        text = client.decode() if isinstance(client, bytes) else client
        client = dict(pair.split("=", 1) for pair in text.split())
    return {
        "ping": ping,
        "user": user.decode() if isinstance(user, bytes) else user,
        "database": int(client["db"]),
        "port": server["tcp_port"],
    }


def ask(client):
    if isinstance(client, redis.RedisCluster):
        node = {"target_nodes": client.get_default_node()}
        return reached(
            client.ping(), *(client.execute_command(*words, **node) for words in (("ACL WHOAMI",), ("CLIENT INFO",))), client.info(**node)
        )
    return reached(client.ping(), client.execute_command("ACL WHOAMI"), client.execute_command("CLIENT INFO"), client.info("server"))


async def ask_asynchronously(build):
    client = build()
    try:
        if isinstance(client, redis.asyncio.RedisCluster):
            ping = await client.ping()
            node = {"target_nodes": client.get_default_node()}
            user, info = await client.execute_command("ACL WHOAMI", **node), await client.execute_command("CLIENT INFO", **node)
            return reached(ping, user, info, await client.info(**node))
        user, info = await client.execute_command("ACL WHOAMI"), await client.execute_command("CLIENT INFO")
        return reached(await client.ping(), user, info, await client.info("server"))
    finally:
        await client.close()
        if not isinstance(client, redis.asyncio.RedisCluster):
            await client.connection_pool.disconnect()


def attempt(action):
    """What comes of it; or the exception, whatever it is."""
    try:
        return action()
    except Exception as problem:
        return {"error": type(problem).__name__, "message": str(problem)}


def outcome(proxy, given):
    """The start first: what RedisCache.__init__ raises ends it, and what pings raise doesn't."""
    try:
        clients = Clients(proxy, given)
        synchronous = clients.synchronous()
        clients.pool()
    except Exception as problem:
        raise DoesNotStart() from problem

    # A pool belongs to an event loop, as in RedisCache.init_async_client.
    asynchronous = attempt(lambda: asyncio.run(ask_asynchronously(lambda: clients.asynchronous(clients.pool()))))
    return {"synchronous": attempt(lambda: ask(synchronous)), "asynchronous": asynchronous}


def run(case):
    version = tuple(int(part) for part in case["version"].split("."))
    try:
        try:
            proxy = Proxy(case["config"], case["environment"], version)
            kind, arguments = proxy.cache()
            own = proxy.router()
        except yaml.YAMLError:
            raise
        except Exception as problem:
            raise DoesNotStart() from problem
        return {
            "cache": {"kind": kind} if arguments is None else outcome(proxy, arguments) | {"kind": kind},
            "router": None if own is None else outcome(proxy, own),
        }
    except DoesNotStart as problem:
        return {"start": {"error": type(problem.__cause__).__name__, "message": str(problem.__cause__)}}


def signatures():
    """The names that the classes take that LiteLLM hands its settings to."""

    def of(*classes):
        parameters = [p for c in classes for p in inspect.signature(c.__init__).parameters.values()]
        return [p.name for p in parameters if p.name != "self" and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]

    asynchronous = redis.asyncio
    return {
        "redis.Redis": of(redis.Redis),
        "redis.asyncio.Redis": of(asynchronous.Redis),
        "redis.asyncio.Connection": of(asynchronous.BlockingConnectionPool, asynchronous.Connection),
        "redis.asyncio.SSLConnection": of(asynchronous.SSLConnection),
    }


if __name__ == "__main__":
    os.environ.clear()
    # Side by side, since a client that speaks TLS to a server that doesn't waits for 5 seconds.
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(run, json.load(sys.stdin)))
    json.dump({"version": redis.__version__, "signatures": signatures(), "outcomes": outcomes}, sys.stdout)
