"""Stickers, pictures, voice and all else that the bot cannot read or open: a kind word, and what to do instead."""

from bot import (
    Audio,
    Card,
    Contact,
    Context,
    File,
    Image,
    Live,
    Location,
    Post,
    Reply,
    Sticker,
    Transcript,
    Unknown,
    Unopened,
    Video,
    on,
)


@on(Sticker, Image, Video, Audio, File, Contact, Location, Live, Post, Card, Transcript, next=("help",))
async def media(ctx: Context) -> str:
    return ctx.text("media.thanks", kind=ctx.text(f"media.{type(ctx.message.content).__name__.lower()}"))


@on(Unknown, next=("help",))
async def unreadable(ctx: Context) -> str:
    return ctx.text("media.unknown")


@on(Unopened, next=("help",))
async def unopened(ctx: Context) -> Reply:
    return ctx.text("media.unopened") if ctx.once("unopened", 30) else None
