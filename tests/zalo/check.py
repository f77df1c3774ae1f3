"""What an independent client finds at the fake Zalo. The program that starts this plays the citizen."""

import asyncio
import sys

from zalo_bot import Bot
from zalo_bot.constants import ChatAction

URL, TOKEN, CHAT = sys.argv[1:4]


async def refused(what, call):
    try:
        got = await call
    except Exception as error:  # the client has an exception of its own for most codes
        print(f"{what}: refused as {type(error).__name__}")
        return
    # Zalo refuses with status 200 and "ok": false, where this client looks at the status alone and finds no result.
    if got:
        raise SystemExit(f"{what}: should have been refused, and was answered {got}")
    print(f"{what}: refused, no result")


async def main():
    async with Bot(TOKEN, base_url=URL) as bot:
        me = await bot.get_me()
        assert me.account_name == "bot.tinan" and me.id == TOKEN.split(":")[0], me
        first = await bot.get_update(timeout=5)
        assert first.message.chat.id == CHAT and first.message.text == "xin chào", first
        second = await bot.get_update(timeout=5)
        assert second.message.text == "tin thứ hai", "each update once, in turn"
        sent = await bot.send_message(CHAT, "chào bạn")
        assert sent.message_id, sent
        await bot.send_photo(CHAT, "ảnh", "https://example.org/a.jpg")
        await bot.send_sticker(CHAT, "s1")
        await bot.send_chat_action(CHAT, ChatAction.TYPING)
        await refused("a stranger", bot.send_message("nobody", "x"))
        await refused("an empty queue", bot.get_update(timeout=1))
        await bot._set_webhook_async("https://tinan.example/hooks/zalo", "correct-horse_battery")
        assert (await bot._get_webhook_info_async()).url == "https://tinan.example/hooks/zalo"
        await refused("polling beside a webhook", bot.get_update(timeout=1))
        await bot._delete_webhook_async()
    try:
        async with Bot("1:wrong", base_url=URL) as bot:
            await refused("a wrong token", bot.get_me())
    except Exception as error:
        print(f"a wrong token: refused as {type(error).__name__}")
    print("the independent client is content")


asyncio.run(main())
