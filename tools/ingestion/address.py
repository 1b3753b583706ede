"""Where the tables' owner comes in: the app's role may neither lock nor index them."""

import psycopg
from django.conf import settings


def owner_address() -> str:
    owner = settings.DATABASES["owner"]
    return psycopg.conninfo.make_conninfo(
        host=owner["HOST"], port=owner.get("PORT") or None, dbname=owner["NAME"], user=owner["USER"], password=owner["PASSWORD"]
    )
