"""Real Git repositories, and servers for them."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer

_ENV = {
    "PATH": os.environ["PATH"],
    "HOME": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@show.example",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@show.example",
}


class Repository:
    """A bare repository, and a working copy that pushes to it."""

    def __init__(self, folder: Path) -> None:
        self.bare = folder / "show.git"
        self.work = folder / "work"
        self._git(folder, "init", "-q", "--bare", "-b", "main", str(self.bare))
        self._git(self.bare, "config", "uploadpack.allowFilter", "true")
        self._git(folder, "init", "-q", "-b", "main", str(self.work))

    @property
    def url(self) -> str:
        return self.bare.as_uri()

    def commit(self, files: dict[str, str | None], branch: str = "main") -> None:
        """Write files, or without a text remove them, and push them."""
        for name, text in files.items():
            path = self.work / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        self._git(self.work, "add", "-A")
        self._git(self.work, "commit", "-q", "--allow-empty", "-m", "x")
        self.push(branch)

    def push(self, branch: str = "main") -> None:
        self._git(self.work, "push", "-q", "--force", str(self.bare), f"HEAD:refs/heads/{branch}")
        self._git(self.bare, "update-server-info")

    def git(self, *args: str) -> str:
        """Run git in the working copy."""
        return self._git(self.work, *args)

    def delete(self, branch: str) -> None:
        self._git(self.bare, "update-ref", "-d", f"refs/heads/{branch}")

    def _git(self, folder: Path, *args: str) -> str:
        done = subprocess.run(
            ["git", *args], cwd=folder, env=_ENV, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()


class Host:
    """What serves a folder of repositories by HTTP.

    ``way`` is ``smart`` (Git's own program), ``dumb`` (files, as they are), ``closed`` (asks for
    a password), ``broken`` (breaks off) or ``hanging``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.way = "smart"
        self.requests: list[str] = []
        self.port = 0

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request.path_qs)
        if self.way == "closed":
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="git"'})
        if self.way == "hanging":
            await asyncio.sleep(3600)
        if self.way == "broken" and request.method == "POST":
            answer = web.StreamResponse(headers={"Content-Length": "100000"})
            await answer.prepare(request)
            await answer.write(b"0008NAK\n")
            if request.transport:
                request.transport.abort()
            return answer
        if self.way == "dumb":
            path = self.folder / request.path.lstrip("/")
            return web.FileResponse(path) if path.is_file() else web.Response(status=404)
        return await self._cgi(request)

    async def _cgi(self, request: web.Request) -> web.Response:
        process = await asyncio.create_subprocess_exec(
            *("git", "http-backend"),
            env={
                "PATH": os.environ["PATH"],
                "HOME": os.devnull,
                "GIT_PROJECT_ROOT": str(self.folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": request.path,
                "QUERY_STRING": request.query_string,
                "REQUEST_METHOD": request.method,
                "CONTENT_TYPE": request.headers.get("Content-Type", ""),
                "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
                "REMOTE_ADDR": "127.0.0.1",
            },
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate(await request.read())
        head, _, body = out.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = int(headers.pop("Status", "200").split()[0])
        return web.Response(status=status, body=body, headers=headers)


@asynccontextmanager
async def hosted(folder: Path) -> AsyncIterator[Host]:
    """Serve a folder of repositories."""
    host = Host(folder)
    app = web.Application(client_max_size=2**28, handler_args={"auto_decompress": False})
    app.router.add_route("*", "/{path:.*}", host.serve)
    server = TestServer(app)
    await server.start_server()
    host.port = server.port or 0
    try:
        yield host
    finally:
        await server.close()
