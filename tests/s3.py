"""A real S3 server on loopback: moto's, which boto and s3fs talk to over HTTP as to any other."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch


@contextmanager
def s3_server(bucket: str = "nights") -> Iterator[str]:
    """``s3://bucket`` while the block runs; this process and its children find the server through their environment."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    try:
        with patch.dict(os.environ, settings):
            import s3fs

            s3fs.S3FileSystem.clear_instance_cache()
            s3fs.S3FileSystem().makedirs(bucket, exist_ok=True)  # servers of one process share what lies there
            yield f"s3://{bucket}"
    finally:
        server.stop()


def put(path: Path, url: str) -> str:
    """A file, or all files of a folder, laid at ``url``, which is returned."""
    import s3fs

    system = s3fs.S3FileSystem()
    for file in [path] if path.is_file() else path.rglob("*"):
        if file.is_file():
            system.pipe_file(f"{url}/{file.relative_to(path).as_posix()}" if file != path else url, file.read_bytes())
    return url


def there(url: str) -> dict[str, bytes]:
    """What lies below ``url``, by name."""
    import s3fs

    system = s3fs.S3FileSystem()
    system.invalidate_cache()
    return {found.removeprefix(url.removeprefix("s3://") + "/"): system.cat_file(found) for found in system.find(url)}
