"""Every sentence that a view says, in each language: one table, a row per phrase."""

PHRASES: dict[str, dict[str, str]] = {
    "title": {
        "en": "How {root} = {value} was computed, and how the chain rule finds its gradients",
        "ja": "{root} = {value} の計算と、連鎖律による勾配の求め方",
    },
    "outdated": {
        "en": "Numbers were changed after the recording: record again to see what they give now.",
        "ja": "記録の後に数値が変更されています。今の値を見るには、もう一度記録してください。",
    },
    "given": {"en": "Given", "ja": "与えられた値"},
    "forward": {
        "en": "Forward: every operation, in order",
        "ja": "順伝播：演算を順に実行する",
    },
    "backward": {
        "en": "Backward: each node passes on its gradient, once it is final",
        "ja": "逆伝播：勾配が確定したノードから順に渡していく",
    },
    "gradients": {
        "en": "Gradients: each is the sum of its contributions",
        "ja": "勾配：届いた寄与の和",
    },
    "outside": {"en": "outside of all scopes", "ja": "スコープの外"},
    "step": {"en": "step", "ja": "手順"},
    "name": {"en": "name", "ja": "名前"},
    "computed as": {"en": "computed as", "ja": "式"},
    "in numbers": {"en": "in numbers", "ja": "数値"},
    "value": {"en": "value", "ja": "値"},
    "chain rule": {"en": "chain rule", "ja": "連鎖律"},
    "local derivative": {"en": "local derivative", "ja": "局所微分"},
    "running total": {"en": "running total", "ja": "ここまでの和"},
    "contributions": {"en": "contributions", "ja": "寄与"},
    "sum": {"en": "sum", "ja": "和"},
    "seed": {
        "en": "the seed: where the pass begins",
        "ja": "初期値（シード）から始まる",
    },
    "so far": {"en": "{total} so far", "ja": "{total}（途中）"},
    "paths": {
        "en": "Paths from {start} to {root}: {count}",
        "ja": "{start} から {root} への経路：{count} 本",
    },
    "largest": {
        "en": "The {shown} with the largest products",
        "ja": "積の大きい {shown} 本",
    },
    "path": {"en": "path", "ja": "経路"},
    "product": {
        "en": "product of the derivatives along it",
        "ja": "経路上の微分の積",
    },
    "others": {"en": "all others together: {count}", "ja": "残り {count} 本の和"},
    "total": {"en": "sum over all paths", "ja": "全経路の和"},
    "reverse": {"en": "reverse mode, as in backward()", "ja": "逆伝播（backward() と同じ）"},
    "difference": {"en": "finite difference", "ja": "差分による測定"},
    "bound": {"en": "{slope} ± {bound}", "ja": "{slope} ± {bound}"},
    "rough": {
        "en": "no slope to measure: a corner, a jump or noise",
        "ja": "測れる傾きがない：角、不連続、またはノイズ",
    },
    "unmeasured": {
        "en": "not finite on both sides: nothing to measure",
        "ja": "両側で有限でないため測れない",
    },
    "more": {"en": "… {count} more …", "ja": "… ほか {count} 個 …"},
}

LANGUAGES = ("en", "ja")


class Phrasebook:
    """The phrases of one language. ValueError for a language that the table does not have.

    >>> Phrasebook("ja")("so far", total=3)
    '3（途中）'
    """

    def __init__(self, lang: str) -> None:
        if lang not in LANGUAGES:
            raise ValueError(f"lang is {lang!r}: write one of {', '.join(LANGUAGES)}")
        self.lang = lang

    def __call__(self, phrase: str, **fields: object) -> str:
        """The phrase, with these values in its places."""
        return PHRASES[phrase][self.lang].format(**fields)
