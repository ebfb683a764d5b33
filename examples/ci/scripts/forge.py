"""What the other scripts need of a forge: GitHub's and GitLab's REST API, with nothing but Python's own library."""

import json
import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

TIMEOUT = 60


class Failed(Exception):
    """Something that a person has to look at."""


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Forge:
    """An API and who we are to it. The token goes nowhere but there."""

    def __init__(self, name, base, headers):
        self.name = name
        self.base = base.rstrip("/")
        self.headers = {"User-Agent": "pgconverge-ci", **headers}
        self.opener = urllib.request.build_opener(NoRedirect)

    def get(self, path):
        return json.loads(self.send("GET", path)[0])

    def pages(self, path):
        """The items of all pages of a list."""
        query = "per_page=100"
        while query is not None:
            body, headers = self.send("GET", f"{path}?{query}")
            yield from json.loads(body)
            query = next_page(headers.get("Link", ""))

    def change(self, method, path, data):
        return json.loads(self.send(method, path, data)[0])

    def download(self, path):
        """The bytes of a file. It may be kept elsewhere, where the token has no business."""
        try:
            return self.send("GET", path)[0]
        except urllib.error.HTTPError as error:
            where = error.headers.get("Location")
            if error.code not in (301, 302, 303, 307, 308) or not where:
                raise
        try:
            with urllib.request.urlopen(where, timeout=TIMEOUT) as response:
                return response.read()
        except (urllib.error.URLError, TimeoutError) as error:
            raise Failed(f"the file that {self.name} points to cannot be had: {error}") from None

    def send(self, method, path, data=None):
        address = self.base + path
        body = None if data is None else json.dumps(data).encode()
        headers = dict(self.headers)
        if body is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(address, body, headers, method=method)
        where = urllib.parse.urlsplit(address).path
        try:
            with self.opener.open(request, timeout=TIMEOUT) as response:
                return response.read(), response.headers
        except urllib.error.HTTPError as error:
            if error.code in (301, 302, 303, 307, 308):
                raise
            told = message(error.read())
            raise Failed(f"{self.name} answers {error.code} to {method} {where}: {told}") from None
        except (urllib.error.URLError, TimeoutError) as error:
            raise Failed(f"{self.name} does not answer to {method} {where}: {error}") from None


def next_page(link):
    """The query of the next page, of which it is not asked where it is: the token goes to the API alone.
    https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api"""
    found = re.search(r'<([^>]+)>;[^,]*\brel="next"', link)
    return urllib.parse.urlsplit(found.group(1)).query if found else None


def message(body):
    """What an error says, whatever it is."""
    try:
        told = json.loads(body)
        told = told.get("message") or told.get("error") or told
    except (ValueError, AttributeError):
        told = body.decode(errors="replace")
    return " ".join(str(told).split())[:500] or "nothing"


def need(name):
    value = os.environ.get(name, "")
    if not value:
        raise Failed(f"the variable {name} is not set")
    return value


def github():
    headers = {
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
        "Authorization": f"Bearer {need('GITHUB_TOKEN')}",
    }
    return Forge("GitHub", os.environ.get("GITHUB_API_URL", "https://api.github.com"), headers)


def gitlab():
    return Forge("GitLab", need("CI_API_V4_URL"), {"PRIVATE-TOKEN": need("PGCONVERGE_TOKEN")})


def github_event():
    """What the run is about: https://docs.github.com/en/webhooks/webhook-events-and-payloads"""
    with open(need("GITHUB_EVENT_PATH"), encoding="utf-8") as file:
        return json.load(file)


def marker():
    """What our comments begin with, and nobody sees."""
    return f"<!-- pgconverge: {os.environ.get('NAME') or 'schema'} -->"


def main(work):
    """Runs a script; what a person has to look at is said in a line."""
    try:
        work()
    except Failed as error:
        if os.environ.get("GITHUB_ACTIONS"):
            print(f"::error title=pgconverge::{error}")
        sys.exit(f"{os.path.basename(sys.argv[0])}: {error}")
