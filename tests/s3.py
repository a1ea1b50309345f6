"""A real S3 server on loopback: moto's, which boto and s3fs talk to over HTTP as to any other."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
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
