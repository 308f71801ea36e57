"""What every web page of ours shares: guards before a page, the frame around it, errors without detail, one style.

    guards.guarded   host, rates, body limit, security headers, request log around an application
    forms            reading a form that our own page sent, and nobody else's
    pages.Pages      templates in the layout, in the reader's language; error pages
    serving          how uvicorn is to be started, so that slow peers are cut off

Pages work without JavaScript. Nothing here knows who may see what.
"""
