"""The files of these pages."""

from pathlib import Path

from aiohttp import web

from bot.sandbox.site_files import Files

HERE = Path(__file__).parent
PREFIX = "/_webview/"
FILES = web.AppKey("webview_files", Files)
