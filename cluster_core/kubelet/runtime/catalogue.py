"""The built-in rows: well-known public images, the laboratory's own, and names that cannot be pulled. Data only."""

from cluster_core.kubelet.runtime.files import PROGRAM
from cluster_core.kubelet.runtime.images import (
    BAD_STATUS,
    NO_HOST,
    NOT_FOUND,
    RPC_NOT_FOUND,
    SERVICE,
    TASK,
    USERLAND,
    Image,
)

_LAB_ENV = (("PATH", "/bin"), ("FROM_IMAGE", "yes"))

_NGINX_LOG = [
    "/docker-entrypoint.sh: Configuration complete; ready for start up",
    "[notice] 1#1: start worker processes",
]
_NGINX_EXEC = {
    "nginx -t": {
        "stderr": "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\n"
        "nginx: configuration file /etc/nginx/nginx.conf test is successful\n"
    },
    "nginx -s reload": {"stderr": "[notice] signal process started\n"},
}
_AGNHOST = {"files": {"/agnhost": PROGRAM + "agnhost"}}
_MYSQL = {
    "logs": ["[System] [MY-010931] [Server] ready for connections. port: 3306"],
    "exec": {
        "mysqladmin ping": {"stdout": "mysqld is alive\n"},
        "mysqladmin ping -h localhost": {"stdout": "mysqld is alive\n"},
        "mysqladmin ping -h 127.0.0.1": {"stdout": "mysqld is alive\n"},
    },
}

CATALOGUE: tuple[Image, ...] = (
    # names that cannot be pulled
    Image("*does-not-exist*", missing=RPC_NOT_FOUND + NOT_FOUND),
    Image("*doesnotexist*", missing=RPC_NOT_FOUND + NOT_FOUND),
    Image("*nonexistent*", missing=RPC_NOT_FOUND + NOT_FOUND),
    Image("*non-existent*", missing=RPC_NOT_FOUND + NOT_FOUND),
    Image("*no-such-*", missing=RPC_NOT_FOUND + NOT_FOUND),
    Image("private.example.com/*", private=True),
    Image("private.example.org/*", private=True),
    # the laboratory's images: `tool` plays any kind of program (see tool.py)
    Image(
        "lab.local/entry:*",
        USERLAND,
        ("echo", "from-entrypoint"),
        ("from-cmd",),
        size=3488176,
        present=True,
        closed=True,
    ),
    Image("lab.local/nocmd:*", USERLAND, size=3488131, present=True, closed=True),
    Image("lab.local/user1000:*", USERLAND, ("tool", "pause"), user="1000", size=3488132, present=True, closed=True),
    Image("lab.local/userroot:*", USERLAND, ("tool", "pause"), user="0", size=3488132, present=True, closed=True),
    Image("lab.local/username:*", USERLAND, ("tool", "pause"), user="appuser", size=3488135, present=True, closed=True),
    Image("lab.local/*", USERLAND, env=_LAB_ENV, size=3488130, present=True, closed=True),
    Image("localhost:5000/absent:*", missing=RPC_NOT_FOUND + NOT_FOUND),
    Image("localhost:5000/denied:*", missing=BAD_STATUS.format("{0}", "{1}", "{2}", "{3}", "401 Unauthorized")),
    Image(
        "localhost:5000/broken:*", missing=BAD_STATUS.format("{0}", "{1}", "{2}", "{3}", "500 Internal Server Error")
    ),
    Image(
        "localhost:5999/*",
        missing=NO_HOST.format("{0}", "{1}", "{2}", "{3}", "dial tcp 127.0.0.1:5999: connect: connection refused"),
    ),
    Image("localhost:5000/tools:1", USERLAND, size=3488130, present=True, closed=True),
    Image("localhost:5000/tools:*", USERLAND, size=3488130, closed=True),
    # small userlands
    Image("*busybox:*", USERLAND, cmd=("sh",), size=2_150_000, closed=True),
    Image("*curlimages/curl:*", TASK, ("curl",), size=9_600_000, user="100"),
    Image("*appropriate/curl:*", TASK, ("curl",), size=5_500_000),
    Image("*alpine:*", cmd=("sh",), size=3_800_000),
    Image("*debian:*", cmd=("bash",), size=49_000_000),
    Image("*ubuntu:*", cmd=("bash",), size=29_700_000),
    Image("*bitnami/kubectl:*", TASK, ("kubectl",), size=90_000_000, user="1001"),
    Image("*hello-world:*", TASK, cmd=("/hello",), size=13_000),
    # services
    Image("*pause:*", SERVICE, ("/pause",), size=268_000),
    Image(
        "*nginx:*",
        SERVICE,
        ("/docker-entrypoint.sh",),
        ("nginx", "-g", "daemon off;"),
        size=71_000_000,
        behaviour={"logs": _NGINX_LOG, "exec": _NGINX_EXEC},
    ),
    Image(
        "*nginx-unprivileged:*",
        SERVICE,
        ("/docker-entrypoint.sh",),
        ("nginx", "-g", "daemon off;"),
        user="101",
        size=71_000_000,
        behaviour={"logs": _NGINX_LOG, "exec": _NGINX_EXEC},
    ),
    Image(
        "*httpd:*",
        SERVICE,
        cmd=("httpd-foreground",),
        size=59_000_000,
        behaviour={
            "logs": ["[core:notice] AH00094: Command line: 'httpd -D FOREGROUND'"],
            "exec": {"httpd -t": {"stderr": "Syntax OK\n"}},
        },
    ),
    Image(
        "*redis:*",
        SERVICE,
        ("docker-entrypoint.sh",),
        ("redis-server",),
        size=41_000_000,
        behaviour={
            "logs": ["* Running mode=standalone, port=6379.", "* Ready to accept connections tcp"],
            "exec": {
                "redis-cli ping": {"stdout": "PONG\n"},
                "redis-cli -h 127.0.0.1 ping": {"stdout": "PONG\n"},
                "redis-cli -h localhost ping": {"stdout": "PONG\n"},
            },
        },
    ),
    Image(
        "*postgres:*",
        SERVICE,
        ("docker-entrypoint.sh",),
        ("postgres",),
        env=(("PGDATA", "/var/lib/postgresql/data"),),
        size=153_000_000,
        behaviour={
            "logs": [
                "PostgreSQL init process complete; ready for start up.",
                'LOG:  listening on IPv4 address "0.0.0.0", port 5432',
                "LOG:  database system is ready to accept connections",
            ],
            "exec": {
                "pg_isready": {"stdout": "/var/run/postgresql:5432 - accepting connections\n"},
                "pg_isready -U postgres": {"stdout": "/var/run/postgresql:5432 - accepting connections\n"},
            },
        },
    ),
    Image("*mysql:*", SERVICE, ("docker-entrypoint.sh",), ("mysqld",), size=170_000_000, behaviour=_MYSQL),
    Image("*mariadb:*", SERVICE, ("docker-entrypoint.sh",), ("mariadbd",), size=120_000_000, behaviour=_MYSQL),
    Image("*mongo:*", SERVICE, ("docker-entrypoint.sh",), ("mongod",), size=260_000_000),
    Image("*rabbitmq:*", SERVICE, ("docker-entrypoint.sh",), ("rabbitmq-server",), size=90_000_000),
    Image("*memcached:*", SERVICE, ("docker-entrypoint.sh",), ("memcached",), size=30_000_000),
    Image("*agnhost:*", USERLAND, ("/agnhost",), ("pause",), size=52_000_000, closed=True, behaviour=_AGNHOST),
    Image("*echoserver:*", SERVICE, ("/usr/local/bin/run.sh",), size=46_000_000),
    Image("*http-echo:*", SERVICE, ("/http-echo",), user="65532", size=5_000_000),
    Image("*podinfo:*", SERVICE, ("./podinfo",), user="app", size=30_000_000),
)
