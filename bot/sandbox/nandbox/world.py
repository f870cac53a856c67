"""Who lives on the sandbox's nandbox at the start. Ids never change.

Source of the form of ids: nandbox.md 4 and 9.
"""

APP_ID = "90090684000000559"
APP_NAME = "Harbour"
OTHER_APP_ID = "90090684000000777"
"""An app of which the bot is no member."""

BOT_ID = "90091783000000101"
BOT_NAME = "Demo Bot"
BOT_STATUS = "on duty"

NADIA = "90089584000000899"
ALICE = "90089584000040001"
BOB = "90089584000040002"
WANG_FANG = "90089584000040003"
OLIVIA = "90089584000040006"

# user id, name, status line, handle; all but Bob have started the bot
SEED_USERS = (
    (NADIA, "Nadia Farouk", "", "nadia"),
    (ALICE, "Alice", "Likes short answers.", "alice"),
    (BOB, "Bob", "", "bob"),
    (WANG_FANG, "王芳", "你好！", "wangfang"),
    (OLIVIA, "Olivia", "Keeps the bot running.", "olivia"),
)
STRANGERS = (BOB,)

GROUP_ID = "90090684000002188"
GROUP_TITLE = "Dock Crew"
GROUP_ABOUT = "Shift notes"
GROUP_MEMBERS = (NADIA, ALICE, BOB, OLIVIA)

CHANNEL_ID = "90090684000002199"
CHANNEL_TITLE = "Harbour News"
CHANNEL_ABOUT = "What happens at the harbour"
CHANNEL_MEMBERS = (OLIVIA, NADIA, ALICE, WANG_FANG)

PRODUCT_ID = "5121228327126172"
COLLECTION_ID = "5121605136126295"
