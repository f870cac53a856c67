"""Products and collections: one of each, for bots that read them.

Source: nandbox.md 7.7, 9.6 and 5.
"""

from typing import Any

from bot.sandbox.nandbox.asked import Asked
from bot.sandbox.nandbox.wire import Frame, bad_content
from bot.sandbox.nandbox.world import COLLECTION_ID, PRODUCT_ID

ATTRIBUTE = {"cost": 0, "quantity": 12, "tax": 0, "message": "", "barcode": None, "hasSkuOrBarcode": False}


def get_product(asked: Asked) -> list[Frame]:
    """Correlated by `ref`, answered without the app."""
    must_name_app(asked)
    wanted = asked.maybe_text("id")
    data: dict[str, Any] = {"id": wanted, "attribute": None}
    if wanted == PRODUCT_ID:
        data = {
            **product(asked), "type": "simple", "attribute": ATTRIBUTE, "sku": "ROPE-20", "description": "20 m",
            "vendor": "Harbour", "p_code": None, "compare_at_price": None, "main_group_id": asked.app_id,
            "group_id": asked.app_id, "server_id": "d1", "version": "0001", "created_date": 1_722_242_804_000,
            "updated_date": None,
        }  # fmt: skip
    return [{"method": "getProductItemResponse", "ref": ref(asked), "data": data}]


def list_collections(asked: Asked) -> list[Frame]:
    must_name_app(asked)
    channel = {"business_channel_id": asked.app_id}
    return [asked.answer("listCollectionsResponse", collections=[collection(asked)], **channel)]


def list_collection_item(asked: Asked) -> list[Frame]:
    """The name of 2024."""
    must_name_app(asked)
    return [
        {
            "method": "listCollectionItemResponse", "data": [collection(asked)], "ref": ref(asked),
            "page_number": asked.whole("page_number"), "group_id": asked.app_id, "main_group_id": asked.app_id,
            "eop": True,
        }
    ]  # fmt: skip


def get_collection_product(asked: Asked) -> list[Frame]:
    must_name_app(asked)
    products = [product(asked)] if asked.maybe_text("id") == COLLECTION_ID else []
    return [asked.answer("getCollectionProductResponse", products=products)]


def product(asked: Asked) -> dict[str, Any]:
    return {
        "id": PRODUCT_ID, "name": "Rope", "price": 10.5, "status": "Active", "image": [], "app_id": asked.app_id,
        "business_channel_id": asked.app_id, "category": COLLECTION_ID,
    }  # fmt: skip


def collection(asked: Asked) -> dict[str, Any]:
    return {
        "id": COLLECTION_ID, "name": "Chandlery", "description": "What a ship needs", "category": None,
        "date": asked.nandbox.now_ms(), "version": "0001", "status": "Active", "image": [],
    }  # fmt: skip


def must_name_app(asked: Asked) -> None:
    """Product lookups without an app were seen to end the connection.

    Raises:
        Refused: 199999.
    """
    if not asked.maybe_text("app_id"):
        raise bad_content("a product lookup that names no app")


def ref(asked: Asked) -> Any:
    return asked.frame.get("ref", asked.reference)


METHODS = {
    "getProductItem": get_product, "listCollections": list_collections, "listCollectionItem": list_collection_item,
    "getCollectionProduct": get_collection_product,
}  # fmt: skip
