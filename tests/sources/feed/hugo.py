"""The feed that Hugo's own RSS template renders for a folder of posts.

Form: https://github.com/gohugoio/hugo, ``tpl/tplimpl/embedded/templates/_default/rss.xml``.
"""

from __future__ import annotations

import html

from bot.episode import Episode


def feed(title: str, base: str, episodes: list[Episode]) -> str:
    """The home page's feed; each item has title, link, date, guid and summary."""
    items = "".join(_item(one) for one in episodes)
    dates = [one.published for one in episodes if one.published]
    return (
        '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n'
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">\n  <channel>\n'
        f"    <title>{html.escape(title)}</title>\n    <link>{base}/</link>\n"
        f"    <description>Recent content on {html.escape(title)}</description>\n"
        "    <generator>Hugo -- gohugo.io</generator>\n    <language>en-us</language>\n"
        f"    <lastBuildDate>{max(dates):%a, %d %b %Y %H:%M:%S +0000}</lastBuildDate>\n"
        f'    <atom:link href="{base}/index.xml" rel="self" type="application/rss+xml" />\n'
        f"    {items}\n  </channel>\n</rss>\n"
    )


def _item(one: Episode) -> str:
    date = f"{one.published:%a, %d %b %Y %H:%M:%S +0000}" if one.published else ""
    summary = "".join(f"<p>{html.escape(line)}</p>\n" for line in (one.summary or "").split("\n"))
    return (
        f"\n    <item>\n      <title>{html.escape(one.title)}</title>\n"
        f"      <link>{one.url}</link>\n      <pubDate>{date}</pubDate>\n      \n"
        f"      <guid>{one.url}</guid>\n"
        f"      <description>{html.escape(summary)}</description>\n    </item>\n    "
    )
