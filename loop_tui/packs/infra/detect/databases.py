"""Databases, caches and other servers that a project speaks to, told by what its dependencies and its code name."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from loop_tui.model.regex import regex
from loop_tui.services.toolchains.dependencies import dependencies_of
from loop_tui.services.toolchains.toolchain import Language
from loop_tui.services.toolchains.version_write import PACKAGE

from . import go, python, rust
from .documents import ManifestReader, table
from .files import joined, line_of
from .sources import is_test_folder
from .statements import Statements
from .values import FilePlace, FindingTopic

POSTGRES, MYSQL, MARIADB, SQLITE, REDIS, MONGODB = "postgres", "mysql", "mariadb", "sqlite", "redis", "mongodb"

_CLIENTS: Mapping[Language, Mapping[str, str]] = {
    Language.NODE: {
        **dict.fromkeys(
            ("pg", "postgres", "pg-promise", "@vercel/postgres", "@neondatabase/serverless", "slonik"), POSTGRES
        ),
        **dict.fromkeys(("mysql", "mysql2"), MYSQL),
        "mariadb": MARIADB,
        **dict.fromkeys(("sqlite3", "better-sqlite3", "@libsql/client", "sql.js"), SQLITE),
        **dict.fromkeys(("redis", "ioredis", "bullmq", "bull", "connect-redis", "@fastify/redis"), REDIS),
        **dict.fromkeys(("mongodb", "mongoose", "@nestjs/mongoose"), MONGODB),
    },
    Language.PYTHON: {
        **dict.fromkeys(("psycopg", "psycopg2", "psycopg2-binary", "asyncpg", "pg8000", "aiopg"), POSTGRES),
        **dict.fromkeys(("mysqlclient", "pymysql", "aiomysql", "mysql-connector-python", "asyncmy"), MYSQL),
        "mariadb": MARIADB,
        "aiosqlite": SQLITE,
        **dict.fromkeys(("redis", "django-redis", "aioredis", "rq", "hiredis", "channels-redis"), REDIS),
        **dict.fromkeys(("pymongo", "motor", "mongoengine", "beanie"), MONGODB),
    },
    Language.RUST: {
        **dict.fromkeys(("tokio-postgres", "postgres", "deadpool-postgres"), POSTGRES),
        **dict.fromkeys(("mysql", "mysql_async"), MYSQL),
        **dict.fromkeys(("rusqlite", "tokio-rusqlite"), SQLITE),
        **dict.fromkeys(("redis", "fred", "deadpool-redis", "bb8-redis"), REDIS),
        "mongodb": MONGODB,
    },
    Language.GO: {
        **dict.fromkeys(("github.com/lib/pq", "github.com/jackc/pgx", "gorm.io/driver/postgres"), POSTGRES),
        **dict.fromkeys(("github.com/go-sql-driver/mysql", "gorm.io/driver/mysql"), MYSQL),
        **dict.fromkeys(("github.com/mattn/go-sqlite3", "modernc.org/sqlite", "gorm.io/driver/sqlite"), SQLITE),
        **dict.fromkeys(
            ("github.com/redis/go-redis", "github.com/go-redis/redis", "github.com/gomodule/redigo"), REDIS
        ),
        "go.mongodb.org/mongo-driver": MONGODB,
    },
}
_OTHERS = {
    **dict.fromkeys(
        ("elasticsearch", "@elastic/elasticsearch", "github.com/elastic/go-elasticsearch"), "elasticsearch"
    ),
    **dict.fromkeys(("amqplib", "pika", "aio-pika", "lapin", "github.com/rabbitmq/amqp091-go"), "rabbitmq"),
    **dict.fromkeys(("kafkajs", "confluent-kafka", "aiokafka", "rdkafka", "github.com/segmentio/kafka-go"), "kafka"),
    **dict.fromkeys(("nats", "async-nats", "github.com/nats-io/nats.go"), "nats"),
    **dict.fromkeys(("@aws-sdk/client-s3", "boto3", "minio", "aws-sdk-s3"), "s3"),
}
_FEATURES = {
    **dict.fromkeys(("postgres", "runtime-tokio-postgres"), POSTGRES),
    "mysql": MYSQL,
    **dict.fromkeys(("sqlite", "sqlite-bundled"), SQLITE),
}
_FEATURED = ("sqlx", "diesel", "diesel-async", "sea-orm")
_PRISMA = regex(r'^[ \t]*provider[ \t]*=[ \t]*"(\w+)"', re.MULTILINE)
_PRISMA_NAMES = {"postgresql": POSTGRES, "mysql": MYSQL, "sqlite": SQLITE, "mongodb": MONGODB, "cockroachdb": POSTGRES}
_IMAGE_NAMES = {
    **{name: name for name in (POSTGRES, MYSQL, MARIADB, REDIS)},
    **dict.fromkeys(("postgis", "pgvector", "timescaledb", "postgresql"), POSTGRES),
    **dict.fromkeys(("valkey", "dragonfly"), REDIS),
    "mongo": MONGODB,
}
_SCHEME = regex(r"\b(postgres(?:ql)?|mysql|mariadb|sqlite|rediss?|mongodb)(?:\+\w{1,20})?$")
_LONGEST = 32
"""The most characters of a scheme, such as `postgresql+psycopg_async`."""
_WORDS = {
    "django.db.backends.postgresql": POSTGRES,
    "django.db.backends.mysql": MYSQL,
    "django.db.backends.sqlite3": SQLITE,
    "gorm/dialects/postgres": POSTGRES,
    "gorm/dialects/mysql": MYSQL,
    "gorm/dialects/sqlite": SQLITE,
    "bun:sqlite": SQLITE,
    "import sqlite3": SQLITE,
}
"""What names a database in a source."""
_SPELLED = {"postgresql": POSTGRES, "rediss": REDIS}


class ClientUse(NamedTuple):
    """That a project asks for a package."""

    name: str
    place: FilePlace
    extras: str = ""


def say_databases(docs: ManifestReader, whole: Statements) -> None:
    """Say the databases and other servers that the dependencies of every folder name, and schemas of Prisma."""
    for path, name, place in rust.optional_features(docs):
        if database := _FEATURES.get(name):
            whole.say(FindingTopic.DATABASE, database, place, f"an optional feature of {path}", rank=3, sure=False)
    for language, use in _uses(docs):
        database = _CLIENTS[language].get(use.name) or _of_go(language, use.name)
        if database:
            whole.say(FindingTopic.DATABASE, database, use.place, use.name)
        if other := _OTHERS.get(use.name):
            whole.say(FindingTopic.CLIENT, other, use.place, use.name)
        if "redis" in use.extras:
            whole.say(FindingTopic.DATABASE, REDIS, use.place, use.name + use.extras)
    for path in docs.files.named(".prisma"):
        text = docs.files.text(path) or ""
        for match in _PRISMA.finditer(text):
            if match[1] in _PRISMA_NAMES:
                place = FilePlace(path, line_of(text, match.start(1)))
                whole.say(FindingTopic.DATABASE, _PRISMA_NAMES[match[1]], place, "Prisma")


def _uses(docs: ManifestReader) -> Iterator[tuple[Language, ClientUse]]:
    for folder, names in docs.files.folders.items():
        if is_test_folder(folder):
            continue
        if PACKAGE in names:
            path = joined(folder, PACKAGE)
            for each in dependencies_of(docs.json(path)):
                if each.name in _CLIENTS[Language.NODE] or each.name in _OTHERS:
                    yield Language.NODE, ClientUse(each.name, docs.json_place(path, each.key, each.name))
        if rust.MANIFEST in names:
            yield from ((Language.RUST, use) for use in _of_cargo(docs, folder))
        if go.MANIFEST in names:
            yield from ((Language.GO, ClientUse(each.path, each.place)) for each in go.modules(docs, folder))
    project = python.PythonProject(docs)
    for folder in (folder for folder in project.folders if not is_test_folder(folder)):
        for wanted in project.requirements(folder):
            yield Language.PYTHON, ClientUse(wanted.name, wanted.place, wanted.extras)


def _of_cargo(docs: ManifestReader, folder: str) -> Iterator[ClientUse]:
    path = joined(folder, rust.MANIFEST)
    for name in table(docs.toml(path), "dependencies"):
        place = docs.toml_place(path, ("dependencies", name))
        yield ClientUse(name, place)
        for feature in rust.features(docs, folder, name):
            if name in _FEATURED and feature in _FEATURES:
                # As if the client itself were asked for.
                clients = {POSTGRES: "postgres", MYSQL: "mysql", SQLITE: "rusqlite"}
                yield ClientUse(clients[_FEATURES[feature]], place)
            if feature.startswith("redis"):
                yield ClientUse("redis", place)


def _of_go(language: Language, name: str) -> str:
    """The database of a module of Go, whose path may end with its major version."""
    if language is not Language.GO:
        return ""
    return next((value for known, value in _CLIENTS[language].items() if name.startswith(f"{known}/")), "")


def of_image(image: str) -> str:
    """The database that a container image is; empty for other images."""
    name = image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    return _IMAGE_NAMES.get(name, "")


def named_in_code(text: str) -> Iterator[tuple[str, int]]:
    """The databases that a source names by a backend or by the beginning of a URL, with the position of each."""
    for word, database in _WORDS.items():
        if (at := text.find(word)) >= 0:
            yield database, at
    at = text.find(":/")
    while at >= 0:
        start = max(0, at - _LONGEST)
        if match := _SCHEME.search(text[start:at]):
            yield _SPELLED.get(match[1], match[1]), start + match.start()
        at = text.find(":/", at + 2)


def merge_mariadb(whole: Statements) -> None:
    """The clients of mysql speak to mariadb as well: where only an image of mariadb is there, mysql is it."""
    statements = whole.about(FindingTopic.DATABASE)
    images = {statement.value for statement in statements if statement.why.startswith("image ")}
    if MARIADB in images and MYSQL not in images:
        whole.drop(FindingTopic.DATABASE, MYSQL)


def say_installed(whole: Statements, words: list[str], place: FilePlace) -> None:
    """Say the databases of Python packages that a container installs beside those of the project."""
    for word in words:
        if database := _CLIENTS[Language.PYTHON].get(word.partition("=")[0].partition("[")[0].lower()):
            whole.say(FindingTopic.DATABASE, database, place, word)
