"""A mail server: mail_server.py MODE FOLDER

MODE is starttls, tls (from the start) or plain.  FOLDER has server.pem and
server.key.  Prints its port; writes each mail to FOLDER/mail-N.json, read by
Python's own parser.  Takes mails for anybody but nobody@, from "me" with
"pass word"; starttls wants that log-in, the others do not.
"""

import asyncio
import email
import email.policy
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

mode, folder = sys.argv[1:3]
count = 0


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        global count
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        told = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "user": getattr(session.auth_data, "login", b"").decode(),
            "tls": session.ssl is not None or mode == "tls",
            "headers": {name.lower(): str(value) for name, value in mail.items()},
            "raw_subject": [
                line.decode() for line in envelope.content.split(b"\r\n")
                if line.startswith(b"Subject:")
            ],
            "date": email.utils.parsedate_to_datetime(mail["date"]).timestamp(),
            "type": mail.get_content_type(),
            "charset": mail.get_content_charset(),
            "longest": max(len(line) for line in envelope.content.split(b"\r\n")),
            "ascii": envelope.content.isascii(),
            "text": mail.get_content(),
            "defects": [str(defect) for defect in mail.defects],
        }
        count += 1
        name = os.path.join(folder, "mail-%d.json" % count)
        with open(name + ".new", "w") as file:
            json.dump(told, file)
        os.rename(name + ".new", name)
        return "250 OK taken"


def authenticate(server, session, envelope, mechanism, data):
    good = data.login == b"me" and data.password == b"pass word"
    if not good:
        return AuthResult(success=False, handled=False, message="535 5.7.8 no, not " + data.password.decode())
    return AuthResult(success=True, auth_data=data)


context = None
if mode != "plain":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, "server.pem"), os.path.join(folder, "server.key"))


def session():
    return SMTP(
        Handler(),
        tls_context=context if mode == "starttls" else None,
        require_starttls=mode == "starttls",
        authenticator=authenticate,
        auth_required=mode == "starttls",
        auth_require_tls=mode != "tls",
        hostname="localhost",
    )


async def serve():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        session, "127.0.0.1", 0, ssl=context if mode == "tls" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(serve())
