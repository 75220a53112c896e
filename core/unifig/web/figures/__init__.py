"""Figures as plain data for Plotly's script, which draws them in the browser.

Plotly reads some HTML in names and labels: every text of a run goes through :func:`texts.literal`.
Colours that the page's style decides are ``var(--text)`` and the like, which charts.js looks up.
"""
