"""/botprofile: the bot's own account as Mixin shows it, for admins."""

from bot import Context, command, inert


@command("botprofile", admin=True, only="mixin", next=("botwallet", "health"))
async def botprofile(ctx: Context) -> str:
    profile = await ctx.account.profile()
    return ctx.text(
        "botprofile.report",
        name=inert(profile.user.name),
        number=profile.user.identity_number,
        id=profile.user.id,
        biography=inert(profile.user.biography, 200) or "–",
        home=profile.home_url or "–",
        oauth=profile.oauth_url or "–",
        capabilities=", ".join(profile.capabilities) or "–",
        patterns=", ".join(profile.resource_patterns) or "–",
    )
