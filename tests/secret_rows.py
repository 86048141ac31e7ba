"""A sample for every row of the table of secrets (`loop_tui.model.secrets`), made here: none of them was ever valid.

Shared by the tests of the table and of the ways out. `needle` is a part of the secret that stands nowhere else.
"""

import hashlib
import string
from typing import NamedTuple

_HEX = "0123456789abcdef"
_UPPER = string.ascii_uppercase + string.digits
_ALL = string.ascii_letters + string.digits


class Row(NamedTuple):
    """A line that holds a secret, and a part of that secret."""

    name: str
    text: str
    needle: str


def body(seed: str, length: int, letters: str = _ALL) -> str:
    """Letters that look random, the same for the same seed, with letters and digits among the first twelve."""
    digest = b"".join(hashlib.sha512(f"{seed}/{at}".encode()).digest() for at in range(length // 64 + 2))
    found = "".join(letters[byte % len(letters)] for byte in digest)
    low = "A" if letters == _UPPER else "a"
    return f"{found[:3]}7{low}{found[5:]}"[:length]


def _row(name: str, before: str, length: int = 40, letters: str = _ALL, after: str = "") -> Row:
    """A secret of that length between two texts."""
    secret = body(name, length, letters)
    return Row(name, f"{before}{secret}{after}", secret[:12])


def _shaped() -> list[Row]:
    jwt = f"eyJ{body('jwt-head', 20)}.eyJ{body('jwt-claims', 40)}."
    return [
        *(_row(f"github {kind}", f"gh{kind}_", 36) for kind in "pousr"),
        _row("github fine-grained", "github_pat_11", 22, _UPPER, "_" + body("more", 59)),
        _row("npm", "npm_", 36),
        *(
            _row(f"gitlab {kind}", f"gl{kind}-", 20)
            for kind in ("pat", "dt", "rt", "cbt", "ptt", "ft", "soat", "agent")
        ),
        _row("gitlab runner", "GR1348941", 20),
        *(_row(f"slack {kind}", f"xox{kind}-123456789012-", 24) for kind in "abpres"),
        _row("slack app", "xapp-1-A012345-", 60, _HEX),
        _row("slack webhook", "https://hooks.slack.com/services/T01234567/B01234567/", 24),
        _row("aws key id", "AKIA", 16, _UPPER),
        _row("aws session key id", "ASIA", 16, _UPPER),
        _row("aws secret", "aws_secret_access_key = ", 40),
        _row("aws secret, environment", "AWS_SECRET_ACCESS_KEY=", 40),
        _row("aws session token", "aws_session_token=", 200),
        _row("google api", "AIza", 35),
        _row("google oauth", "ya29.", 60),
        _row("google refresh", "1//0", 60),
        _row("google client", "GOCSPX-", 28),
        _row("azure storage", "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=", 86, after="=="),
        _row("azure sas", "https://x.blob.core.windows.net/c?sv=2022&sig=", 44, after="%3D"),
        _row("azure shared key", "Endpoint=sb://x/;SharedAccessKey=", 44),
        _row("stripe", "sk_live_", 24),
        _row("stripe test", "sk_test_", 24),
        _row("stripe restricted", "rk_live_", 24),
        _row("stripe webhook", "whsec_", 32),
        _row("openai", "sk-", 48),
        _row("openai project", "sk-proj-", 48),
        _row("anthropic", "sk-ant-api03-", 90),
        _row("sendgrid", f"SG.{body('sg', 22)}.", 43),
        _row("twilio", "SK", 32, _HEX),
        _row("mailgun", "key-", 32, _HEX),
        _row("digitalocean", "dop_v1_", 64, _HEX),
        _row("heroku", "HRKU-AA", 58),
        _row("discord bot", f"{body('bot', 24)}.Gabcde.", 38),
        _row("discord webhook", "https://discord.com/api/webhooks/123456789012345678/", 68),
        _row("telegram", "123456789:AA", 33),
        _row("pypi", "pypi-AgEIcHlwaS5vcmc", 60),
        _row("rubygems", "rubygems_", 48, _HEX),
        _row("crates.io", "cio", 32),
        _row("docker hub", "dckr_pat_", 27),
        _row("hugging face", "hf_", 34),
        _row("vercel", "vcp_", 40),
        _row("netlify", "nfp_", 36),
        _row("supabase", "sbp_", 40, _HEX),
        _row("supabase secret", "sb_secret_", 31),
        _row("shopify", "shpat_", 32, _HEX),
        _row("atlassian", "ATATT3xFfGF0", 180),
        _row("new relic", "NRAK-", 27, _UPPER),
        _row("sentry", "sntrys_eyJpYXQi", 80),
        _row("sentry user", "sntryu_", 64, _HEX),
        _row("sentry dsn", "https://", 32, _HEX, "@o123.ingest.sentry.io/456"),
        _row("vault", "hvs.", 24),
        _row("terraform", f"{body('tf', 14)}.atlasv1.", 60),
        _row("jwt", jwt, 43),
        _row("age", "AGE-SECRET-KEY-1", 58, _UPPER),
        _row("linear", "lin_api_", 40),
        _row("groq", "gsk_", 52),
        _row("replicate", "r8_", 37),
        _row("figma", "figd_", 40),
        _row("postman", f"PMAK-{body('pmak', 24, _HEX)}-", 34, _HEX),
        _row("pulumi", "pul-", 40, _HEX),
        _row("vercel blob", "vercel_blob_rw_", 40),
        _row("teams webhook", "https://x.webhook.office.com/webhookb2/", 36),
        _row("atlassian connect", "ATCTT3xFfGN0", 100),
    ]


def _addresses() -> list[Row]:
    host = "host.invalid/x.git"
    return [
        _row("user and password", "https://me:", 20, after=f"@{host}"),
        _row("token as user", "https://", 20, after=f"@{host}"),
        _row("token as user, no password", "https://", 20, after=f":@{host}"),
        _row("empty user", "https://:", 20, after=f"@{host}"),
        _row("percent-encoded", "https://me:p%40", 20, after=f"%2Fx@{host}"),
        _row("an @ inside", "https://me:", 20, after=f"@more@{host}"),
        _row("a slash inside", "https://me:", 20, after=f"/more@{host}"),
        _row("remote -v", "origin\thttps://", 20, after=f"@{host} (push)"),
        _row("git's words", "fatal: unable to access 'https://", 20, after=f"@{host}/': no host"),
        *(
            _row(f"{scheme} address", f"{scheme}://u:", 16, after="@db.invalid:5432/x")
            for scheme in ("postgres", "postgresql", "mysql", "redis", "mongodb+srv", "amqp", "amqps", "ftp", "ssh")
        ),
        _row("redis without user", "redis://:", 16, after="@db.invalid:6379/0"),
        *(
            _row(f"parameter {name}", f"https://x.invalid/a?b=1&{name}=", 24, after="&c=2")
            for name in ("access_token", "token", "api_key", "apikey", "key", "sig", "X-Amz-Signature", "client_secret")
        ),
    ]


def _headers() -> list[Row]:
    return [
        *(
            _row(f"{name}: {scheme}", f"{name}: {scheme} ", 30)
            for name in ("Authorization", "authorization", "AUTHORIZATION", "Proxy-Authorization")
            for scheme in ("Bearer", "Basic", "token", "Digest", "Odd")
        ),
        _row("authorization without a scheme", "Authorization: ", 30),
        _row("authorization, no space", "Authorization:Bearer ", 30),
        _row("authorization in json", '{"authorization": "Bearer ', 30, after='", "x": 1}'),
        _row("authorization in single quotes", "{'Authorization': 'Bearer ", 30, after="'}"),
        _row("authorization in escaped json", '\\"Authorization\\": \\"Bearer ', 30, after='\\"'),
        _row("authorization of curl", "curl -H 'Authorization: Basic ", 30, after="' https://x.invalid"),
        _row("authorization with =", "http.extraheader=AUTHORIZATION: basic ", 30),
        _row("cookie", "Cookie: sid=", 30, after="; theme=dark"),
        _row("set-cookie", "Set-Cookie: sid=", 30, after="; Path=/"),
        *(
            _row(f"header {name}", f"{name}: ", 30)
            for name in (
                "X-Api-Key",
                "PRIVATE-TOKEN",
                "X-Auth-Token",
                "X-Vault-Token",
                "x-goog-api-key",
                "X-Amz-Security-Token",
            )
        ),
    ]


def _named() -> list[Row]:
    return [
        _row("npm _auth", "//r.invalid/:_auth=", 20),
        _row("npm _password", "//r.invalid/:_password=", 20),
        _row("npm _authToken", "//r.invalid/:_authToken=", 20),
        _row("npm _authToken with spaces", "_authToken = ", 20),
        _row("npm in quotes", '_auth="', 20, after='"'),
        _row("yarn token", 'npmAuthToken: "', 20, after='"'),
        _row("yarn ident", 'npmAuthIdent: "me:', 20, after='"'),
        _row("pip index", "index-url = https://__token__:", 20, after="@pypi.invalid/simple"),
        _row("netrc", "machine github.com login me password ", 20),
        _row("curl -u", "curl -fsS -u me:", 12, after=" https://x.invalid"),
        _row("curl --user", "curl --user 'me:", 12, after="' https://x.invalid"),
        _row("curl --proxy-user", "curl --proxy-user me:", 12),
        _row("mysql -p", "mysqldump -h db -u root -p", 12, after=" shop"),
        _row("mariadb -p", "mariadb -p", 12),
        _row("element of XML", "<server><password>", 12, after="</password></server>"),
        _row("element of XML, api key", "<add:apiKey>", 20, after="</add:apiKey>"),
        _row("docker config", '{"auths": {"x": {"auth": "', 28, after='"}}}'),
        _row("kubeconfig", "    token: ", 30),
        *(
            _row(f"{name}=", f"{name}=", 16)
            for name in (
                *("DB_PASS", "PGPASSWORD", "API_KEY", "DEPLOY_KEY", "CI_TOKEN", "GH_PAT", "MY_PWD", "SLACK_WEBHOOK"),
                *("SENTRY_DSN", "APP_SECRET", "AWS_CREDENTIAL", "DD_API_KEY", "HEROKU_API_KEY", "TWILIO_AUTH_TOKEN"),
            )
        ),
        _row("export", "export DB_PASS='", 16, after="'"),
        _row("name: value", "DB_PASSWORD: ", 16),
        _row("json password", '{"password": "', 16, after='", "user": "me"}'),
        _row("json apiKey", '{"apiKey": "', 16, after='"}'),
        _row("escaped json", '{\\"client_secret\\": \\"', 16, after='\\"}'),
        _row("json in json", '"{\\"token\\":\\"', 16, after='\\"}"'),
        _row("toml", 'password = "', 16, after='"'),
        _row("option", "tool --password=", 16),
        _row("option with a space", "tool --token ", 16),
        _row(
            "service account",
            '"private_key": "-----BEGIN PRIVATE KEY-----\\n',
            64,
            after="\\n-----END PRIVATE KEY-----\\n",
        ),
    ]


def _keys() -> list[Row]:
    rows = []
    for kind in ("RSA ", "EC ", "OPENSSH ", "ENCRYPTED ", ""):
        name = f"pem {kind}".strip()
        first, second, last = body(name, 64), body(f"{name} two", 64), body(f"{name} three", 30)
        lines = f"-----BEGIN {kind}PRIVATE KEY-----\n{first}\n{second}\n{last}==\n-----END {kind}PRIVATE KEY-----"
        rows += [Row(name, lines, first[:12]), Row(f"{name}, second", lines, second[:12])]
        rows += [
            Row(f"{name}, last", lines, last[:12]),
            Row(f"{name}, prefixed", lines.replace("\n", "\n+ "), second[:12]),
        ]
        rows.append(Row(f"{name}, cut", lines[: lines.index(last)], second[:12]))
        rows.append(Row(f"{name}, one line", lines.replace("\n", "\\n"), second[:12]))
    secret = body("pgp", 64)
    head = "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n"
    rows.append(Row("pgp", f"{head}{secret}\n=abcd\n-----END PGP PRIVATE KEY BLOCK-----", secret[:12]))
    return rows


ROWS = (*_shaped(), *_addresses(), *_headers(), *_named(), *_keys())
"""A row a sample. Each needle is in its own row alone, but for the parts of one key."""

ORDINARY = (
    "fix/desk-reservation-system-upgrade-2", "task-management-improvements-2024", "sk-learn-integration-with-pipelines",
    "docker run -u 1000:1000 node", "mkdir -p packages/first", "mysql -h db -P3306 -p shop", "curl -u $NAME:$PASS x",
    "curl -fsSL https://x.invalid -o out", "<key>CFBundleName</key>", "<tokenType>identifier</tokenType>",
    "<password>${env.PASS}</password>", "login <user> <password>  signs in",
    "login <user> <password>", "LOOKS LIKE A SECRET: server.pem", "TOKEN: missing-one",
    "# pass 11", "pass 12/12", "passed: 12", "PASS src/x.test.ts", "12 passed in 3.4s", "FAIL 1 | PASS 123456",
    '"token": "if"', "tokens: 1234", "tokens: 123456789", "Unexpected token: identifier", "key: value",
    "key: valuevalue1", "  --token TOKEN     the token to use", "  --password PASSWORD  your password",
    "--token is missing", "git@github.com:me/x.git", "ssh://git@github.com/me/x.git",
    "https://cdn.invalid/npm/pkg@1.2.3/x.js", "http://localhost:3000/@fs/home/x", "Password: ",
    "author: me@x.invalid", "const token = getToken(req)", "12:00:00 INFO: ok", "a == b", "std::token::parse",
    "PWD=/home/me/project-1", "sha512-abc/def==", "x = y", "commit 64a1b40c0ffee64a1b40c0ffee64a1b40c0ffee0",
    "monkey: banana99", "pattern: src/**", "path=/usr/local/bin1", "this-is-a-long-kebab-case-word-of-1-thing",
    "test_a_name_of_snake_case_that_is_long_1", "const key = 'name'", "-----BEGIN CERTIFICATE-----", "secrets: []",
    "see https://example.invalid/a?page=2&sort=name", "tokenizer=gpt2", "@scope/pkg@1.0.0", "password: ${DB_PASS}",
    "token: <redacted>", "TOKEN=$TOKEN", "_auth=${NPM_AUTH}",
)  # fmt: skip
"""Lines of ordinary output, which stay as they are."""
