"""Why a MySQL server lets nobody log in: ML Metadata does not pass on what its client says."""

from __future__ import annotations

import socket
import ssl
import struct

from ml_metadata.proto.metadata_store_pb2 import MySQLDatabaseConfig

from .tcp_probe import TIMEOUT

# https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
ERROR = b"\xff"
TOO_MANY_CONNECTIONS, SHUTTING_DOWN = 1040, 1053
TLS, PROTOCOL_41 = 0x0800, 0x0200
LARGEST_PACKET = 2**24  # bytes
UTF8 = 45


def objection(server: MySQLDatabaseConfig) -> str:
    """Return what a server, or its certificate, has against this computer; empty: nothing.

    Nobody logs in for it.

    Raises:
        ConnectionError: nobody answers, or one who has no connection to give just now.
    """
    try:
        context = _context(server.ssl_options)
    except ssl.SSLError as error:
        return str(error.args[-1])
    try:
        with socket.create_connection((server.host, server.port), TIMEOUT) as connection:
            return _objection(connection, context)
    except ssl.SSLError as error:
        return str(error.args[-1])
    except OSError as error:
        raise ConnectionError(str(error)) from error


def _context(options: MySQLDatabaseConfig.SSLOptions) -> ssl.SSLContext | None:
    """Trust those whom the options say; as ML Metadata's client does, look at no name."""
    if not (options.ca or options.capath):
        return None
    context = ssl.create_default_context(cafile=options.ca or None, capath=options.capath or None)
    context.check_hostname = False
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    if options.cipher:
        context.set_ciphers(options.cipher)
    if options.cert:
        context.load_cert_chain(options.cert, options.key, password="")
    return context


def _objection(connection: socket.socket, context: ssl.SSLContext | None) -> str:
    with connection.makefile("rb") as stream:
        header = stream.read(4)
        greeting = stream.read(int.from_bytes(header[:3], "little"))
    if not greeting:
        raise ConnectionError("it hangs up")
    if greeting.startswith(ERROR):
        number, text = int.from_bytes(greeting[1:3], "little"), greeting[3:].decode()
        if number in (TOO_MANY_CONNECTIONS, SHUTTING_DOWN):
            raise ConnectionError(text)
        return text
    if context is None:
        return ""
    # After the version, which ends with a 0: its thread, a nonce, a 0, half of what it can.
    version = greeting.index(0, 1) + 1
    (can,) = struct.unpack_from("<H", greeting, version + 13)
    if not can & TLS:
        return "it offers no TLS"
    request = struct.pack("<IIB23x", TLS | PROTOCOL_41, LARGEST_PACKET, UTF8)
    connection.sendall(len(request).to_bytes(3, "little") + b"\x01" + request)
    context.wrap_socket(connection).close()
    return ""
