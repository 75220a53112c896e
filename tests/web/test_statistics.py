"""What is said of which config values moved a result is what textbooks say, for any values."""

import json
import math
from itertools import permutations

import numpy as np
import pandas as pd
from hypothesis import assume, given
from hypothesis import strategies as st

from unifig.runs.encoding import dumps
from unifig.values import sort_key
from unifig.web.statistics.confounding import confounded
from unifig.web.statistics.contingency import cramers_v, decides
from unifig.web.statistics.correlation import centred, pearson, spearman
from unifig.web.statistics.groups import Groups, groups_of
from unifig.web.statistics.importance import importance
from unifig.web.statistics.values import Values
from unifig.web.statistics.variance import corrected, eta2

ABSENT = ...


def column(values):
    """The values of a key as the page's frame has them."""
    texts = [None if value is ABSENT else dumps(value) for value in values]
    by_text = {text: value for text, value in zip(texts, values, strict=True) if text}
    ordered = sorted(by_text, key=lambda text: (sort_key(by_text[text]), text))
    codes = [-1 if text is None else ordered.index(text) for text in texts]
    numbers = [float(v) if isinstance(v, (bool, int, float)) else math.nan for v in values]
    return Values(np.array(codes, dtype=np.int32), np.array(numbers, dtype=float), len(ordered))


def places(texts):
    """Texts as whole numbers from 0 on."""
    _, codes = np.unique(texts, return_inverse=True)
    return Groups(codes.astype(np.intp), len(set(texts)), binned=False)


def pairs(one, other, least=0):
    return st.lists(st.tuples(one, other), min_size=least, max_size=40)


def arrays(rows):
    one, other = zip(*rows, strict=True) if rows else ((), ())
    return np.array(one, dtype=float), np.array(other, dtype=float)


finite = st.floats(allow_nan=False, allow_infinity=False)
any_number = st.floats(allow_nan=False) | st.sampled_from([0.0, -0.0, 1.0, 1e308, -1e308, 5e-324])
tame = st.integers(-20, 20).map(float) | st.floats(-1e3, 1e3, width=32)
category = st.sampled_from("abcd")
scalar = (
    st.sampled_from([None, True, False, "adam", "sgd", 1, 1.0, [1, 2], math.nan, math.inf, ABSENT])
    | st.integers(-3, 30)
    | st.floats(-10, 10)
)


class TestCorrelation:
    @given(pairs(tame, tame, least=3))
    def test_it_is_what_pandas_has(self, rows):
        """Spearman's rho, ties included, and Pearson's r agree with pandas."""
        one, other = arrays(rows)
        frame = pd.DataFrame({"one": one, "other": other})
        assume(frame.nunique().min() > 1)
        assert math.isclose(
            spearman(one, other), frame.corr(method="spearman").iloc[0, 1], abs_tol=1e-9
        )
        expected = np.corrcoef(one, other)[0, 1] if np.ptp(one) > 1e-3 < np.ptp(other) else None
        if expected is not None:
            assert math.isclose(pearson(one, other), expected, abs_tol=1e-6)

    @given(pairs(finite, finite))
    def test_pearson_of_any_numbers(self, rows):
        """The largest and smallest numbers there are neither overflow nor vanish."""
        one, other = arrays(rows)
        r = pearson(one, other)
        if len(rows) < 3 or len(set(one)) < 2 or len(set(other)) < 2:
            assert r is None
        else:
            assert -1 <= r <= 1
            assert r == pearson(other, one)
            assert math.isclose(pearson(one, one), 1)

    def test_pearson_of_near_numbers(self):
        """Numbers that differ in their last digit alone are told apart."""
        steps = np.array([0.0, 0.0, 1.0, 0.0])
        assert math.isclose(pearson(0.5 + steps * 2**-53, steps), 1)

    @given(pairs(any_number, any_number))
    def test_spearman_of_any_numbers(self, rows):
        """It is symmetric, turns its sign with an axis, and knows the order alone."""
        one, other = arrays(rows)
        rho = spearman(one, other)
        if len(rows) < 3 or len(set(one)) < 2 or len(set(other)) < 2:
            assert rho is None
            return
        assert -1 <= rho <= 1
        assert rho == spearman(other, one)
        assert math.isclose(spearman(-one, other), -rho, abs_tol=1e-12)
        assert spearman(np.unique(one, return_inverse=True)[1] * 7.0, other) == rho

    def test_too_little(self):
        """Nothing is said of two points, nor of what does not vary."""
        two, same, three = np.array([1.0, 2.0]), np.full(3, 0.1), np.array([1.0, 2.0, 4.0])
        for correlation in (pearson, spearman):
            assert correlation(two, two) is None
            assert correlation(same, three) is None
            assert correlation(three, same) is None


class TestVariance:
    @given(pairs(category, tame))
    def test_it_is_the_textbooks(self, rows):
        """η² is the sum of squares between groups by the whole one; ε² less, and not below 0."""
        texts, numbers = [text for text, _ in rows], np.array([number for _, number in rows])
        groups = places(texts)
        share = eta2(groups.places, groups.size, centred(numbers))
        if groups.size < 2 or len(set(numbers)) < 2 or 2 * groups.size > len(rows):
            assert share is None
            return
        whole = sum((number - numbers.mean()) ** 2 for number in numbers)
        frame = pd.DataFrame({"text": texts, "number": numbers})
        within = sum(((g - g.mean()) ** 2).sum() for _, g in frame.groupby("text")["number"])
        assert math.isclose(share, 1 - within / whole, abs_tol=1e-6)
        n, k = len(rows), groups.size
        expected = max(0, 1 - (within / (n - k)) / (whole / (n - 1)))
        assert math.isclose(corrected(share, n, k), expected, abs_tol=1e-6)
        assert 0 <= corrected(share, n, k) <= share <= 1

    @given(pairs(category, finite), st.sampled_from(list(permutations("abcd"))))
    def test_names_of_categories_do_not_matter(self, rows, names):
        """Renaming the categories changes nothing."""
        numbers = centred(np.array([number for _, number in rows], dtype=float))
        one = places([text for text, _ in rows])
        other = places([names["abcd".index(text)] for text, _ in rows])
        share = eta2(one.places, one.size, numbers)
        again = eta2(other.places, other.size, numbers)
        assert (share is None) == (again is None)
        assert share is None or math.isclose(share, again, abs_tol=1e-12)


class TestContingency:
    @given(pairs(category, st.sampled_from("xyz")))
    def test_it_is_the_textbooks(self, rows):
        """Cramér's V is Bergsma's, from the whole table; symmetric, and from 0 to 1."""
        one, other = places([row[0] for row in rows]), places([row[1] for row in rows])
        v, again = cramers_v(one, other), cramers_v(other, one)
        assert (v is None) == (again is None)
        if one.size < 2 or other.size < 2:
            assert v is None
            return
        table = pd.crosstab(one.places, other.places).to_numpy()
        n, (rows_, columns) = table.sum(), table.shape
        expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
        mean_square = ((table - expected) ** 2 / expected).sum() / n
        mean_square = max(0, mean_square - (rows_ - 1) * (columns - 1) / (n - 1))
        least = min(k - (k - 1) ** 2 / (n - 1) for k in (rows_, columns)) - 1
        if least <= 0:
            assert v is None
            return
        assert math.isclose(v, min(1, math.sqrt(mean_square / least)), abs_tol=1e-6)
        assert math.isclose(v, again, abs_tol=1e-6)
        assert 0 <= v <= 1

    @given(pairs(category, category, least=2))
    def test_what_decides(self, rows):
        """A key decides another where each of its values comes with one of the other's alone."""
        one, other = [row[0] for row in rows], [row[1] for row in rows]
        told = decides(places(one).places, places(other).places)
        function = all(len({b for a, b in rows if a == text}) == 1 for text in one)
        assert not told or function
        often = [b for a, b in rows if one.count(a) > 1]
        assert told == (function and 2 * len(often) >= len(rows) and len(set(often)) > 1)


class TestImportance:
    @given(st.lists(st.tuples(scalar, scalar, st.floats()), max_size=60))
    def test_any_values(self, rows):
        """Whatever the values are, shares are shares, and each run is counted once."""
        metric = np.array([row[2] for row in rows], dtype=float)
        columns = {name: column([row[at] for row in rows]) for at, name in enumerate("ab")}
        ranking = importance(metric, columns)
        assert ranking.runs + ranking.without + ranking.infinite == len(rows)
        assert {key.name for key in ranking.keys} == {"a", "b"}
        assert [key.weight for key in ranking.keys] == sorted(
            (key.weight for key in ranking.keys), reverse=True
        )
        for key in ranking.keys:
            assert key.count + key.absent == ranking.runs
            assert key.numbers <= key.count
            assert 0 <= key.weight <= 1
            for r in (key.pearson, key.spearman):
                assert r is None or -1 <= r <= 1
            assert (key.eta2 is None) == (key.epsilon2 is None)
            assert key.eta2 is None or 0 <= key.epsilon2 <= key.eta2 <= 1
            json.dumps([key.eta2, key.pearson], allow_nan=False)
        names = [key.name for key in ranking.keys]
        ties = confounded(metric, columns, names).ties
        assert {(name, tie.name) for name in ties for tie in ties[name]} in (
            set(),
            {("a", "b"), ("b", "a")},
        )
        for found in ties.values():
            assert 0.9 <= found[0].strength <= 1

    @given(st.lists(scalar, max_size=60))
    def test_equal_values_are_in_one_category(self, values):
        """Bins or not, a category holds every run of a value, and no run is in none."""
        groups = groups_of(column(values))
        by_value = {}
        for value, place in zip(values, groups.places, strict=True):
            text = "" if value is ABSENT else dumps(value)
            assert by_value.setdefault(text, place) == place
        assert sorted(set(groups.places)) == list(range(groups.size))

    def test_a_constant_explains_nothing(self):
        """A key with the same value everywhere has no numbers, and no weight."""
        metric = np.arange(10.0)
        (key,) = importance(metric, {"seed": column([7] * 10)}).keys
        assert (key.pearson, key.spearman, key.eta2, key.weight) == (None, None, None, 0)
        (key,) = importance(np.ones(10), {"lr": column(list(range(10)))}).keys
        assert (key.pearson, key.spearman, key.eta2, key.weight) == (None, None, None, 0)

    def test_the_best_in_the_middle(self):
        """A learning rate that is best in the middle leads, though it correlates with nothing."""
        rng = np.random.default_rng(3)
        lr = 10 ** rng.uniform(-5, -1, 300)
        loss = (np.log10(lr) + 3) ** 2 + rng.normal(0, 0.1, 300)
        noise = rng.normal(size=300)
        columns = {"noise": column(noise.tolist()), "lr": column(lr.tolist())}
        first, second = importance(loss, columns).keys
        assert first.name == "lr"
        assert abs(first.spearman) < 0.2
        assert first.binned
        assert first.weight > 0.8
        assert second.weight < 0.1

    def test_a_run_that_diverged(self):
        """One run with a loss of 1e30 does not hide what moved all the others."""
        rng = np.random.default_rng(4)
        optimiser = ["adam", "sgd"] * 100
        loss = np.array([0.0, 1.0] * 100) + rng.normal(0, 0.1, 200)
        loss[7] = 1e30
        seed = [str(number % 39) for number in range(200)]
        columns = {"optimiser": column(optimiser), "seed": column(seed)}
        first, second = importance(loss, columns).keys
        assert first.name == "optimiser"
        assert first.weight > 0.7
        assert second.weight < 0.1

    def test_a_key_of_few_runs(self):
        """Three runs of many that happen to be in order do not lead the table."""
        rng = np.random.default_rng(5)
        metric = rng.normal(size=100)
        rare = [ABSENT] * 97 + [float(value) for value in metric[97:]]
        (key,) = importance(metric, {"rare": column(rare)}).keys
        assert key.spearman == 1
        assert (key.count, key.absent, key.numbers) == (3, 97, 3)
        assert key.weight < 0.1

    def test_the_lack_of_a_key_counts(self):
        """Where the runs without a key do worse, the key explains that."""
        warmup = [5] * 20 + [ABSENT] * 20
        metric = np.array([0.0, 0.1] * 10 + [1.0, 1.1] * 10)
        (key,) = importance(metric, {"warmup": column(warmup)}).keys
        assert key.groups == 2
        assert key.eta2 > 0.9
        assert key.spearman is None

    def test_a_name_for_each_run(self):
        """A key with a value of its own for each run explains nothing, not all."""
        metric = np.arange(20.0)
        (key,) = importance(metric, {"folder": column([f"/run/{n}" for n in range(20)])}).keys
        assert (key.groups, key.eta2, key.weight) == (20, None, 0)

    def test_what_is_left_out(self):
        """Runs without a finite number are left out, and counted."""
        metric = np.array([1.0, math.nan, math.inf, 2.0, -math.inf, 4.0])
        ranking = importance(metric, {"lr": column([1, 9, 9, 2, 9, 3])})
        assert (ranking.runs, ranking.without, ranking.infinite) == (3, 1, 2)
        assert ranking.keys[0].distinct == 3
        assert ranking.keys[0].spearman == 1


class TestConfounding:
    def test_what_moves_together(self):
        """Keys that were always changed together are told, each with the other, and how."""
        rng = np.random.default_rng(6)
        lr = rng.uniform(0, 1, 200)
        model = rng.choice(["small", "base", "large", "huge"], 200)
        columns = {
            "lr": column(lr.tolist()),
            "decay": column((lr**3).tolist()),
            "model": column(list(map(str, model))),
            "layers": column([{"small": 2, "base": 6, "large": 12, "huge": 12}[m] for m in model]),
            "alias": column([m.upper() for m in map(str, model)]),
            "seed": column([int(seed) for seed in rng.integers(0, 5, 200)]),
        }
        found = confounded(lr, columns, list(columns))
        assert (found.runs, found.of, found.compared) == (200, 200, list(columns))
        told = {name: {(t.name, t.how) for t in ties} for name, ties in found.ties.items()}
        assert told == {
            "lr": {("decay", "rank")},
            "decay": {("lr", "rank")},
            "model": {("layers", "decides"), ("alias", "categories")},
            "layers": {("model", "decided by"), ("alias", "decided by")},
            "alias": {("layers", "decides"), ("model", "categories")},
        }

    def test_keys_of_different_runs(self):
        """Keys that hardly a run has both of are compared by the runs that lack them."""
        sgd = [0.1 * n if n % 2 else ABSENT for n in range(100)]
        adam = [ABSENT if n % 2 else 0.1 * (n % 7) for n in range(100)]
        adam[1], adam[3], adam[5] = 0.1, 0.3, 0.5
        columns = {"sgd.lr": column(sgd), "adam.lr": column(adam)}
        assert confounded(np.arange(100.0), columns, list(columns)).ties == {}

    def test_many_runs_and_keys(self):
        """Of many runs a sample is looked at, the same one each time; of many keys the first."""
        metric = np.arange(30_000.0)
        codes = np.arange(30_000, dtype=np.int32)
        keys = {
            f"key{n}": Values(codes % (n + 2), np.full(30_000, np.nan), n + 2) for n in range(35)
        }
        near = metric + np.random.default_rng(7).normal(0, 2_000, 30_000)
        for name, values in (("one", metric), ("near", near)):
            places = np.argsort(np.argsort(values)).astype(np.int32)
            keys = {name: Values(places, values, 30_000), **keys}
        found = confounded(metric, keys, list(keys))
        (tie,) = found.ties["one"]
        assert (tie.name, tie.how) == ("near", "rank")
        assert (found.runs, found.of) == (20_000, 30_000)
        assert found.compared == list(keys)[:30]
        assert found == confounded(metric, keys, list(keys))
        assert ("key2", "decided by", 1.0) in found.ties["key0"]  # of 4 values, and of 2
