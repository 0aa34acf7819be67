"""The Bot API's methods that the simulator knows, by their names in small letters."""

from __future__ import annotations

from typing import Final

from tests.platforms.telegram import about, messages, updates
from tests.platforms.telegram.core import Method

METHODS: Final[dict[str, Method]] = {
    "getme": about.get_me,
    "getupdates": updates.get_updates,
    "setwebhook": updates.set_webhook,
    "deletewebhook": updates.delete_webhook,
    "getwebhookinfo": updates.get_webhook_info,
    "logout": updates.refuse_to_leave,
    "close": updates.refuse_to_leave,
    "sendmessage": messages.send_message,
    "editmessagetext": messages.edit_message_text,
    "editmessagereplymarkup": messages.edit_message_reply_markup,
    "deletemessage": messages.delete_message,
    "deletemessages": messages.delete_messages,
    "answercallbackquery": messages.answer_callback_query,
    "sendchataction": messages.send_chat_action,
    "setmycommands": about.set_my_commands,
    "getmycommands": about.get_my_commands,
    "deletemycommands": about.delete_my_commands,
    "setmydescription": about.set_text("description"),
    "getmydescription": about.get_text("description"),
    "setmyshortdescription": about.set_text("short_description"),
    "getmyshortdescription": about.get_text("short_description"),
    "setchatmenubutton": about.set_chat_menu_button,
    "getchat": about.get_chat,
    "getchatmember": about.get_chat_member,
    "getchatadministrators": about.get_chat_administrators,
    "getchatmembercount": about.get_chat_member_count,
    "leavechat": about.leave_chat,
}
