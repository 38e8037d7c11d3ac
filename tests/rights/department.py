"""A department's own database: a shop's customers, their cards, orders and addresses, and who may read or change."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg

from rights.connector.writing import KEYS
from tests.plugin import DATABASE, RUNNING

NAME: Final = f"{DATABASE}_department"
READER, WRITER = "department_reader", "department_writer"
TABLES: Final = f"""
CREATE TABLE address (id int PRIMARY KEY, house text, street text, city text);
CREATE TABLE customer (id int PRIMARY KEY, email text, name text, address_id int REFERENCES address);
CREATE TABLE employee (id int PRIMARY KEY, email text, name text, address_id int REFERENCES address);
CREATE TABLE payment_card (id text PRIMARY KEY, name text, ccn text, customer_id int REFERENCES customer,
    billing_address_id int REFERENCES address);
CREATE TABLE login (id int PRIMARY KEY, customer_id int REFERENCES customer, "time" timestamptz);
CREATE TABLE product (id int PRIMARY KEY, name text, price numeric);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customer,
    shipping_address_id int REFERENCES address);
CREATE TABLE order_item (order_id int REFERENCES orders, product_id int REFERENCES product, quantity int);
CREATE TABLE {KEYS} (id uuid PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
INSERT INTO address VALUES (1, '4', 'Lake Road', 'Nanjing'),
    (2, '9', 'Hill Road', 'Nanjing'), (3, '1', 'Far Road', 'Wuxi');
INSERT INTO customer VALUES (1, 'zhang@example.org', 'Zhang San', 1), (2, 'li@example.org', 'Li Si', 3);
INSERT INTO employee VALUES (1, 'wang@example.org', 'Wang Wu', 2);
INSERT INTO payment_card VALUES ('p1', 'Card 1', '4111', 1, 2), ('p2', 'Card 2', '4222', 2, 3);
INSERT INTO login VALUES (1, 1, '2026-01-02'), (2, 1, '2026-01-03'), (3, 2, '2026-01-04');
INSERT INTO product VALUES (1, 'Book', 10);
INSERT INTO orders VALUES (1, 1, 1), (2, 2, 3);
INSERT INTO order_item VALUES (1, 1, 2), (2, 1, 1);
"""


def _column(
    name: str, *, personal: bool = False, key: bool = False, identity: str = "", to: str = ""
) -> dict[str, Any]:
    """A field; `to` is "table.column", with > before it where one follows the join from here to there."""
    meta: dict[str, Any] = {"primary_key": True} if key else {}
    if identity:
        meta["identity"] = identity
    if to:
        direction = "to" if to.startswith(">") else "from"
        meta["references"] = [{"dataset": "shop", "field": to.lstrip(">"), "direction": direction}]
    category = "user.contact" if personal else "system.operations"
    return {"name": name, "data_categories": [category], **({"fides_meta": meta} if meta else {})}


LAYOUT: Final[dict[str, list[dict[str, Any]]]] = {
    "address": [
        _column("id", key=True),
        *(_column(name, personal=True) for name in ("house", "street", "city")),
    ],
    "customer": [
        _column("id", key=True, personal=True),
        _column("email", personal=True, identity="email"),
        _column("name", personal=True),
        _column("address_id", to=">address.id"),
    ],
    "employee": [
        _column("id", key=True, personal=True),
        _column("email", personal=True, identity="email"),
        _column("name", personal=True),
        _column("address_id", to=">address.id"),
    ],
    "payment_card": [
        _column("id", key=True),
        _column("name", personal=True),
        _column("ccn", personal=True),
        _column("customer_id", personal=True, to="customer.id"),
        _column("billing_address_id", to=">address.id"),
    ],
    "login": [
        _column("id", key=True),
        _column("customer_id", personal=True, to="customer.id"),
        _column("time", personal=True),
    ],
    "product": [_column("id", key=True), _column("name"), _column("price")],
    "orders": [
        _column("id", key=True),
        _column("customer_id", personal=True, to="customer.id"),
        _column("shipping_address_id", to=">address.id"),
    ],
    "order_item": [
        _column("order_id", personal=True, to="orders.id"),
        _column("product_id", to=">product.id"),
        _column("quantity"),
    ],
}
DOCUMENT: Final[dict[str, Any]] = {
    "dataset": [
        {
            "fides_key": "shop",
            "name": "A shop",
            "collections": [{"name": name, "fields": fields} for name, fields in LAYOUT.items()],
        }
    ]
}


@contextmanager
def database() -> Iterator[psycopg.Connection[Any]]:
    """The database, with a login that reads and one that may change; a superuser's connection to look behind."""
    RUNNING.drop_database(NAME)
    RUNNING.make_database(NAME)
    try:
        with RUNNING.superuser(NAME) as raw:
            raw.execute(TABLES)
            for role, rights in ((READER, "SELECT"), (WRITER, "SELECT, INSERT, UPDATE, DELETE")):
                raw.execute(
                    f"DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL;"
                    f" WHEN unique_violation THEN NULL; END $$"
                )
                raw.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
                raw.execute(f"GRANT {rights} ON ALL TABLES IN SCHEMA public TO {role}")
            yield raw
    finally:
        RUNNING.drop_database(NAME)


def url(role: str) -> str:
    return RUNNING.url(role, NAME)
