"""What is a secret is masked wherever it stands, and what only looks like one is left alone."""

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from unifig import FileError, Origin, Replaced
from unifig.masking import (
    MASK,
    Masker,
    key_reason,
    mask_argv,
    mask_origin,
    mask_text,
    masked,
    masker,
    reload,
    suspicious,
    text_reason,
)

HERE = Origin("code", 1, place="/home/me/train.py:12")
HEX = "0123456789abcdef" * 4
LETTERS = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7" * 4
"""What keys are made of here: none of them was ever given out."""


def key(beginning, length=40):
    """Something in the format of a key."""
    return beginning + LETTERS[:length]


KEY, FLAG, URL, TEXT = "its key says so", "its flag says so", "inside a URL", "it has "

BY_NAME = [
    # a key, a value, what is shown, and where it is used so
    ("password", "hunter2", MASK),
    ("password", 12345, MASK),
    ("passwd", "x", MASK),
    ("passphrase", "correct horse battery", MASK),
    ("ssh_passphrase", "a b", MASK),
    ("DBPassword", "hunter2", MASK),
    ("dbpassword", "hunter2", MASK),
    ("MYSQL_ROOT_PASSWORD", "root", MASK),
    ("password2", "hunter2", MASK),
    ("old-password", "hunter2", MASK),
    ("admin.password", "hunter2", MASK),
    ("passwords", ["one", "two"], [MASK, MASK]),
    ("smtp_pass", "hunter2", MASK),
    ("user_pwd", "hunter2", MASK),
    ("db_pw", "hunter2", MASK),
    ("pass", "hunter2", MASK),
    ("pwd", "hunter2", MASK),
    ("pin", 4711, MASK),
    ("pin_code", "12", MASK),
    ("secret", "abc", MASK),
    ("client_secret", "abc", MASK),
    ("clientSecret", "abc", MASK),
    ("auth0_client_secret", "abc", MASK),
    ("access_token_secret", "abc", MASK),
    ("SECRET_KEY", "django-insecure-1", MASK),
    ("JWT_SECRET", "abc", MASK),
    ("webhook_secret", "abc", MASK),
    ("credentials", "user:hunter2", MASK),
    ("aws_credentials", ["id", "secret"], [MASK, MASK]),
    ("creds", "user:hunter2", MASK),
    ("api_key", "abc", MASK),
    ("apikey", "abc", MASK),
    ("APIKey", "abc", MASK),
    ("APIkey", "abc", MASK),
    ("X-Api-Key", "abc", MASK),
    ("wandb_api_key", HEX[:40], MASK),
    ("WANDB_API_KEY", HEX[:40], MASK),
    ("OPENAI_API_KEY", "abc", MASK),
    ("openaiApiKey", "abc", MASK),
    ("openai_key", "abcd1234", MASK),
    ("api_keys", ["abc", None, "def"], [MASK, None, MASK]),
    ("api_key", 123456789, MASK),
    ("aws_access_key_id", "minioadmin", MASK),
    ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG", MASK),
    ("private_key", "MIIEvQ", MASK),
    ("signing_key", "abc", MASK),
    ("encryption_key", "abc", MASK),
    ("fernet_key", "abc", MASK),
    ("AccountKey", "abc==", MASK),
    ("token", "abc", MASK),  # huggingface_hub
    ("TOKEN", "abcdef", MASK),
    ("hub_token", "abc", MASK),  # transformers.TrainingArguments
    ("push_to_hub_token", "abc", MASK),
    ("hf_access_token", "abc", MASK),  # wespeaker, musicgen
    ("hfAccessToken", "abc", MASK),
    ("HF_TOKEN", "abc", MASK),
    ("hf_token", "abc", MASK),  # vLLM
    ("HUGGING_FACE_HUB_TOKEN", "abc", MASK),
    ("use_auth_token", "abc", MASK),  # older transformers and datasets
    ("auth_token", "abc", MASK),
    ("authToken", "abc", MASK),
    ("oauth2_token", "abc", MASK),
    ("OAuthToken", "abc", MASK),
    ("OAuthRefreshToken", "abc", MASK),
    ("refresh_token", "abc", MASK),
    ("session_token", "abc", MASK),
    ("bearer_token", "abc", MASK),
    ("bearer", "abc", MASK),
    ("slack_bot_token", "abc", MASK),
    ("neptune_api_token", "abc", MASK),
    ("GITHUB_TOKEN", "abc", MASK),
    ("github_pat", "abc", MASK),
    ("my_own_token", "a8f5f167f44f4964e6c998dee827110c", MASK),
    ("Authorization", "Basic dXNlcjpodW50ZXIy", MASK),
    ("cookie", "session=abc", MASK),
    ("basic_auth", ["me", "hunter2"], [MASK, MASK]),
    ("auth", "me:hunter2", MASK),
    ("seed_phrase", "one two three", MASK),
]
"""What its name gives away."""

BY_FORMAT = [
    # whatever it is called: a text, what of it is shown, and why
    (key("sk-proj-"), MASK, "an OpenAI key"),
    (key("sk-"), MASK, "an OpenAI key"),
    (key("sk-ant-api03-"), MASK, "an Anthropic key"),
    (key("hf_", 34), MASK, "a Hugging Face token"),
    (key("ghp_", 36), MASK, "a GitHub token"),
    (key("gho_", 36), MASK, "a GitHub token"),
    (key("ghs_", 36), MASK, "a GitHub token"),
    (key("ghu_", 36), MASK, "a GitHub token"),
    (key("github_pat_", 60), MASK, "a GitHub token"),
    (key("glpat-", 20), MASK, "a GitLab token"),
    ("xoxb-123456789012-" + LETTERS[:24], MASK, "a Slack token"),
    ("AKIAIOSFODNN7EXAMPLE", MASK, "an AWS key"),
    ("ASIAIOSFODNN7EXAMPLE", MASK, "an AWS key"),
    (key("AIza", 35), MASK, "a Google key"),
    (key("ya29.a0"), MASK, "a Google token"),
    (key("sk_live_", 24), MASK, "a Stripe key"),
    (key("rk_live_", 24), MASK, "a Stripe key"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln-bmF0dXJl", MASK, "a JSON web token"),
    (key("npm_", 36), MASK, "an npm token"),
    (key("pypi-AgEIcHlwaS5vcmc"), MASK, "a PyPI token"),
    ("SK" + HEX[:32], MASK, "a Twilio key"),
    (f"SG.{LETTERS[:22]}.{LETTERS[:43]}", MASK, "a SendGrid key"),
    ("dapi" + HEX[:32], MASK, "a Databricks token"),
    ("123456789:AA" + LETTERS[:33], "123456789:***", "a Telegram token"),
    (key("gsk_", 50), MASK, "a Groq key"),
    (
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----\n",
        "***\n",
        "a private key",
    ),
    ("-----BEGIN PRIVATE KEY-----\nMIIEow", MASK, "a private key"),
    (f"the key is {key('hf_', 34)}, keep it", "the key is ***, keep it", "a Hugging Face token"),
    (f"login\\n{key('ghp_', 36)}", "login\\n***", "a GitHub token"),
    ("Authorization: Bearer abc123", "Authorization: Bearer ***", "the key of a request"),
    ("Bearer 0123456789abc", "Bearer ***", "a bearer token"),
    (
        "https://hooks.slack.com/services/T0/B0/XXXXXXXX",
        "https://hooks.slack.com/services/***",
        "the address of a webhook",
    ),
    (
        "https://a.blob.core.windows.net/c?sv=1&sig=abcdefghijklmnop%3D",
        "https://a.blob.core.windows.net/c?sv=1&sig=***",
        "the signature of a URL",
    ),
    ("postgresql://me:hunter2@host/db", "postgresql://me:***@host/db", URL),
    ("postgresql://me:hun@ter2@host/db", "postgresql://me:***@host/db", URL),
    ("postgresql://me:hun/ter2@host/db", "postgresql://me:***@host/db", URL),
    ("postgresql://me:h@n/t?r#2@host:5/db?a=b@c", "postgresql://me:***@host:5/db?a=b@c", URL),
    ("postgresql+psycopg://me:hun ter2@host/db", "postgresql+psycopg://me:***@host/db", URL),
    ("redis://:hunter2@cache:6379/0", "redis://:***@cache:6379/0", URL),
    ("https://me:hunter2@a.example/simple", "https://me:***@a.example/simple", URL),
    ("https://me:hun/ter2@a.example/simple", "https://me:***@a.example/simple", URL),
    ("http://me:pw@a.org,http://you:pw@b.org", "http://me:***@a.org,http://you:***@b.org", URL),
    (f"https://{key('ghp_', 36)}@github.com/me/it", "https://***@github.com/me/it", URL),
    (f"https://{HEX[:32]}@o1.ingest.sentry.io/1", "https://***@o1.ingest.sentry.io/1", URL),
    ("mongodb://me:hunter2@a:1,b:2/db", "mongodb://me:***@a:1,b:2/db", URL),
    (
        "host=db user=me password=hunter2 dbname=x",
        "host=db user=me password=*** dbname=x",
        "after password",
    ),
    ("Server=db;Uid=me;Pwd=hunter2;", "Server=db;Uid=me;Pwd=***;", None),
    (
        "AccountName=me;AccountKey=abc+/==;EndpointSuffix=x",
        "AccountName=me;AccountKey=***;EndpointSuffix=x",
        "after AccountKey",
    ),
    ("https://api.org/v1?api_key=abc&page=2", "https://api.org/v1?api_key=***&page=2", "api_key"),
    ('{"password": "a \\"b\\" c", "port": 1}', '{"password": "***", "port": 1}', "password"),
    ("{'api_key': 'abc', 'port': 1}", "{'api_key': '***', 'port': 1}", "api_key"),
    ('"{\\"password\\": \\"a b\\"}"', '"{\\"password\\": \\"***\\"}"', "password"),
    ("{user:me,password:hunter2,port:1}", "{user:me,password:***,port:1}", "password"),
    ("user: me\npassword: hunter2\nport: 1", "user: me\npassword: ***\nport: 1", "password"),
    ("python train.py --api-key=XYZ --lr 1", "python train.py --api-key=*** --lr 1", "--api-key"),
    ("python train.py --password XYZ", "python train.py --password ***", "--password"),
    ("API_KEY=xyz python train.py", "API_KEY=*** python train.py", "API_KEY"),
    ("${oc.env:DB_PASSWORD,hunter2}", "${oc.env:DB_PASSWORD,***}", "DB_PASSWORD"),
]
"""What its format gives away."""
BY_FORMAT = [row for row in BY_FORMAT if row[2] is not None]

NO_SECRETS = [
    # a key and a value that stay as they are
    # names with a token in them: counts, and a tokenizer's own
    ("max_tokens", 512),  # vLLM, OpenAI
    ("max_num_batched_tokens", 8192),
    ("num_tokens", 4096),
    ("max_new_tokens", 256),  # transformers.GenerationConfig
    ("tokens_per_second", 12.5),
    ("tokens", 3_000_000_000),
    ("include_tokens_per_second", True),  # TrainingArguments
    ("include_num_input_tokens_seen", "all"),
    ("special_tokens", ["<s>", "</s>"]),
    ("use_cls_token", "yes"),  # timm
    ("class_token", "learned"),
    ("global_pool", "token"),
    ("pad_token", "[PAD]"),
    ("eos_token", "<|endoftext|>"),
    ("bos_token", "<s>"),
    ("bos_token_id", 50256),
    ("eot_token", "<|endoftext|>"),
    ("space_token", "|"),
    ("mask_token", "[MASK]"),
    ("unk_token", "[UNK]"),
    ("sep_token", "[SEP]"),
    ("image_token", "<image>"),
    ("image_token", "img0123456789abcdef0123"),
    ("decoder_start_token_id", 0),
    ("token", "<s>"),
    ("token", "▁the"),
    ("token", 17),
    ("token", True),
    ("user_token", "<|user|>"),
    ("bot_token", "<|assistant|>"),
    ("moe_token_dispatcher_type", "alltoall"),  # Megatron
    ("moe_token_drop_policy", "probs"),
    ("kd_token_distill_type", "soft"),
    ("token_warmup_min", 64),
    ("token_mixer", "pooling"),  # MetaFormer
    ("token_type_ids", [0, 0, 1]),
    ("tokenizer", "gpt2"),
    ("tokenizer_name", "meta-llama/Llama-3.1-8B"),
    ("tokenizer_type", "GPT2BPETokenizer"),
    ("vocab_tokens", "a"),
    ("push_to_hub_token", None),
    ("hub_token", ""),
    ("hub_token", False),
    ("hub_token", "${oc.env:HF_TOKEN}"),
    ("api_key", "???"),
    ("hub_model_id", "me/model"),
    ("hub_private_repo", True),
    ("hub_strategy", "every_save"),
    # names with a key in them
    ("key", "image"),
    ("keys", ["image", "label"]),
    ("primary_key", "id"),
    ("sort_key", "length"),
    ("public_key", "ssh-ed25519 AAAAC3Nza"),
    ("label_key", "target"),
    ("key_dim", 64),  # Keras
    ("num_key_value_heads", 8),  # transformers
    ("monkey", "patch"),
    ("keyboard", "qwerty"),
    ("num_wandb_token", "twelve"),
    ("keypoint_on", True),  # detectron2
    ("key_mapping", "a:b"),
    ("cache_key", HEX[:40]),
    # names about a secret
    ("password_min_length", 8),
    ("password_file", "/run/secrets/db"),
    ("credentials_file", "key.json"),
    ("google_application_credentials", "/etc/key.json"),
    ("api_key_env", "OPENAI_API_KEY"),
    ("api_key_env_var", "OPENAI_API_KEY"),
    ("secret_name", "wandb"),
    ("private_key_path", "id_rsa"),
    ("private_key", "~/.ssh/id_rsa"),
    ("token_url", "https://host/oauth/token"),
    ("auth_type", "basic"),
    ("auth", "basic"),
    ("num_secrets", 3),
    # words that begin or end alike
    ("secretary", "Ann"),
    ("author", "me"),
    ("authors", ["me", "you"]),
    ("authority", "host"),
    ("passes", 3),
    ("num_passes", 2),
    ("bypass", "no"),
    ("compass", "north"),
    ("credit", "CC-BY"),
    ("forward_pass", "fused"),
    ("pass", 2),
    ("pin_memory", True),  # torch DataLoader
    ("dataloader_pin_memory", "always"),
    ("pin_memory_device", "cuda"),
    ("pin", 18),  # of a board
    ("pwd", "/home/me"),
    ("PWD", "/home/me/project"),
    ("seed", 1234567),
    ("salt", "v1"),
    ("session", "train-3"),
    ("host_key_checking", "no"),
    # values that look like something
    ("commit", HEX[:40]),
    ("git_sha", HEX[:40]),
    ("run_id", "3k2j9d8s"),
    ("uuid", "123e4567-e89b-12d3-a456-426614174000"),
    ("target", "torch.optim.AdamW"),
    ("model", "sk-learn-random-forest-classifier"),
    ("model", "task-arithmetic-merging-of-models-7b"),
    ("model", "disk-0a1b2c3d4e5f6a7b8c9d0e1f"),
    ("model", "mask-rcnn-resnet50-fpn-coco-2017-v1"),
    ("url", "https://medium.com/@someone/a-post"),
    ("url", "http://localhost:8080/@vite/client"),
    ("url", "https://me@github.com/me/it.git"),
    ("url", "ssh://git@github.com:22/me/it.git"),
    ("url", "postgresql://host:5432/db"),
    ("url", "postgresql://me:${oc.env:DB_PASSWORD}@host/db"),
    ("url", "hdfs://namenode:8020/user/me@REALM/data"),
    ("image", "docker://ubuntu:22.04@sha256:" + HEX),
    ("image", "docker://pytorch/pytorch:2.3@sha256:" + HEX),
    ("project", "${oc.env:PROJECT_ROOT}"),
    ("project", "${oc.env:PROJECT_ROOT,/home/me}"),
    ("help", "password: what you log in with"),
    ("help", "--api-key is deprecated, and --token to be left out"),
    ("args", "--max_tokens=100 --pad_token=x --key=abc"),
    ("args", "--token=None --password='' --hub_token=null"),
    ("signature", "def f(token: str, password: str = None) -> None"),
    ("text", "the secret of a good token is its key"),
    ("time", "2024-01-01T12:00:00"),
    ("path", "C:\\Users\\me\\keys"),
]
"""What stays as it is."""


@pytest.mark.parametrize(("name", "value", "shown"), BY_NAME, ids=lambda part: str(part)[:24])
def test_a_secret_is_known_by_its_name(name, value, shown):
    """The value of a key that says secret is masked, and the reason names the key."""
    for path in ((name,), ("a", "b", name), (name, 0)):
        reason = Masker().reason(path, value, HERE)
        assert reason == f"its key says so: {name}"
        assert masked(value, reason) == shown


@pytest.mark.parametrize(("text", "shown", "why"), BY_FORMAT, ids=lambda part: str(part)[:24])
def test_a_secret_is_known_by_its_format(text, shown, why):
    """A text that holds a secret has it masked wherever it stands; what surrounds it stays."""
    assert suspicious(text)
    assert mask_text(text) == shown
    reason = Masker().reason(("note",), text, HERE)
    assert why in reason
    assert reason == text_reason(text)
    assert masked(text, reason) == shown
    assert masked(["a", text, 1], reason) == ["a", shown, 1]


@pytest.mark.parametrize(("name", "value"), NO_SECRETS, ids=lambda part: str(part)[:24])
def test_what_is_no_secret_stays(name, value):
    """Nothing is masked that only looks like a secret, as a value and in a flag's name."""
    flag = HERE._replace(name=f"--{name}")
    for origin in (HERE, flag):
        assert Masker().reason(("a", name), value, origin) is None
        shown = Masker().shown((name,), value, origin)
        assert shown[0] is value
        assert shown[1] is origin
    if isinstance(value, str):
        assert mask_text(value) is value


def test_the_tables_are_large_enough_to_mean_something():
    """There are rows for all that the documentation promises."""
    assert len(BY_NAME) >= 60
    assert len(BY_FORMAT) >= 50
    assert len(NO_SECRETS) >= 100


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("hub_token", "its key says so: hub_token"),
        ("--password", "its flag says so: --password"),
        ("$HF_TOKEN", "its variable says so: $HF_TOKEN"),
        ("max_tokens", None),
        ("auth", None),  # its value has to say
        ("pwd", None),
        ("PROJECT_ROOT", None),
        ("", None),
        ("größe", None),
    ],
)
def test_a_name_alone_gives_a_reason(name, reason):
    """The reason says whether it was a key, a flag or a variable."""
    assert key_reason(name) == reason


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        (("credentials", "user"), "me", "credentials"),
        (("secrets", "db", "port"), 5432, "secrets"),
        (("secrets", "file"), "x", "secrets"),
        (("api_keys", "openai"), "abc", "api_keys"),
        (("accounts", 0, "password"), "abc", "password"),
        (("credentials", 0, "user"), "me", "credentials"),
        (("password", "value"), "abc", "password"),
        (("password", "min_length"), 8, None),
        (("api_key", "env_var"), "OPENAI_API_KEY", None),
        (("token", "dim"), 8, None),
        (("token", "name"), "cls_token", None),
        (("auth", "user"), "me", None),
        (("credentials", "enabled"), True, None),
        (("tokenizer", "hub_token"), "abc", "hub_token"),
    ],
)
def test_a_mapping_hides_what_is_below_it(path, value, why):
    """Below ``credentials`` all is masked; below ``password`` all that does not speak about it."""
    reason = Masker().reason(path, value, HERE)
    assert reason == (why and f"its key says so: {why}")


@pytest.mark.parametrize(
    ("name", "raw", "why"),
    [
        ("--hub-token", None, "its flag says so: --hub-token"),
        ("$HF_TOKEN", None, "its variable says so: $HF_TOKEN"),
        ("hub_token=abc", None, "its key says so: hub_token"),
        ("+model.api_key=abc", None, "its key says so: +model.api_key"),
        ("comment=password", None, None),
        ("--lr", None, None),
        (None, "${oc.env:HF_TOKEN}", "its variable says so: $HF_TOKEN"),
        (None, "${oc.env:HF_TOKEN,abc}", "its variable says so: $HF_TOKEN"),
        (None, "me:${oc.decode:${oc.env:DB_PASSWORD}}", "its variable says so: $DB_PASSWORD"),
        (None, "${db.password}", "its key says so: password"),
        (None, "${secrets.wandb}", "its key says so: secrets"),
        (None, "${..api_key}", "its key says so: api_key"),
        (None, "${oc.env:PROJECT_ROOT}", None),
        (None, "${oc.env:MAX_TOKENS}", None),
        (None, "${model.max_tokens}", None),
    ],
)
def test_a_secret_is_known_by_its_origin(name, raw, why):
    """The flag, the variable and the override that gave a value, and what it interpolates."""
    origin = HERE._replace(name=name, raw=raw)
    assert Masker().reason(("x",), "abcd", origin) == why
    assert Masker().reason(("x",), None, origin) is None
    assert Masker().reason(("x",), True, origin) is None


def test_what_the_framework_says_is_taken():
    """A note makes any text and number a secret; what can't be one stays."""
    origin = HERE._replace(note="pydantic says that it is secret")
    for value in ("abc", 1, 0.5, ["abc"], MASK):
        assert Masker().reason(("x",), value, origin) == "pydantic says that it is secret"
        assert masked(value, origin.note) in (MASK, [MASK])
    for value in (None, True, "", [], [None, False], "???", "${a}"):
        assert Masker().reason(("x",), value, origin) is None


def test_a_masked_value_stays_masked():
    """A record that is masked once more is the same, reasons included."""
    for value, origin in [("hunter2", HERE), ("postgresql://me:pw@host/db", HERE)]:
        path = ("password",) if value == "hunter2" else ("url",)
        once = Masker().shown(path, value, origin)
        assert once[1].note
        assert Masker().shown(path, *once) == once
        assert Masker().shown(("x",), *once) == once


def test_a_reason_that_fits_no_more_hides_all():
    """A value whose note speaks of a part of another text is masked whole: nothing is risked."""
    assert masked("changed since", "a password inside a URL") == MASK


# The user's word


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("db.host", ("db", "host")),
        ("DB.Host", ("db", "host")),
        ("db", ("db", "host")),
        ("host", ("db", "host")),
        ("db", ("a", "db", 0, "host")),
        ("*.private", ("a", "b", "private")),
        ("*.private", ("a", "private", "b")),
        ("db.*", ("db", "host")),
        ("*ost", ("db", "host")),
        ("hosts[0]", ("hosts", 0, "name")),
        ("hosts[0].name", ("hosts", 0, "name")),
        ("*", ("anything",)),
        (r"a\.b", ("a.b",)),
    ],
)
def test_a_pattern_covers_a_place(pattern, path):
    """A pattern masks what it names and what is below, and uncovers it where it says never."""
    always, never = Masker(always=[pattern]), Masker(never=[pattern])
    assert always.reason(path, "plain", HERE) == f"a pattern of yours says so: {pattern}"
    assert never.reason((*path, "password"), "hunter2", HERE) is None
    assert never.reason(path, key("hf_"), HERE._replace(note="a framework says so")) is None
    both = Masker(always=[pattern], never=[pattern])
    assert both.reason(path, "plain", HERE) is None


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("db.host", ("db", "hosts")),
        ("db.host", ("x", "db", "host")),
        ("host", ("db", "hostname")),
        ("*.private", ("private",)),
        ("hosts[0]", ("hosts", 1)),
        ("h.st", ("host",)),
        ("a.b", ("a.b",)),
        ("b", ("a.b",)),
    ],
)
def test_a_pattern_covers_nothing_else(pattern, path):
    """All but ``*`` is literal, and the whole of a name is meant."""
    assert Masker(always=[pattern]).reason(path, "plain", HERE) is None
    assert Masker(never=[pattern]).reason((*path, "password"), "hunter2", HERE) is not None


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder of a project, with the working directory below it; as it was, afterwards."""
    (tmp_path / "src").mkdir()
    with monkeypatch.context() as patch:
        for name in ("UNIFIG_MASK_ALWAYS", "UNIFIG_MASK_NEVER"):
            patch.delenv(name, raising=False)
        patch.chdir(tmp_path / "src")
        yield tmp_path
    reload()


def test_patterns_come_from_the_environment_and_the_project(project, monkeypatch):
    """Both are read, from the nearest pyproject.toml upwards, once."""
    (project / "pyproject.toml").write_text(
        '[tool.unifig]\nmask-always = ["*.private"]\nmask-never = ["hub_token"]\n'
    )
    monkeypatch.setenv("UNIFIG_MASK_ALWAYS", "db.host, ,bucket,")
    reload()
    assert masker() is masker()
    for path in [("a", "private"), ("db", "host"), ("s3", "bucket")]:
        assert masker().reason(path, "x", HERE) is not None
    assert masker().reason(("hub_token",), "abcd", HERE) is None
    assert masker().reason(("hf_token",), "abcd", HERE) is not None
    monkeypatch.setenv("UNIFIG_MASK_NEVER", "hf_token")
    assert masker().reason(("hf_token",), "abcd", HERE) is not None
    assert reload().reason(("hf_token",), "abcd", HERE) is None


@pytest.mark.parametrize(
    "content",
    ["", "[project]\nname = 'x'\n", "[tool.unifig]\nother = 1\n", "unifig is no [toml"],
)
def test_a_project_that_says_nothing_has_no_patterns(project, content):
    """A file that has no patterns is no trouble, whatever else is in it."""
    (project / "pyproject.toml").write_text(content)
    assert not reload().has_patterns


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[tool.unifig]\nmask-always = 'db.host'\n", r"mask-always .* 'db.host': write a list"),
        ("[tool.unifig]\nmask-never = [1]\n", r"mask-never .* \[1\]: write a list"),
        ("[tool.unifig]\nmask-never = ['']\n", r"mask-never .* \[''\]: write a list"),
        ("[tool.unifig]\nmask_always = []\n", r"'mask_always', .* did you mean 'mask-always'"),
        ("[tool.unifig]\nmask-always = x\n", r"line 2"),
        ("[tool]\nunifig = 'mask'\n", r"unifig is 'mask': a table was expected"),
    ],
)
def test_wrong_patterns_are_an_error(project, content, told):
    """The error names the file and what is wrong, at each call: nothing is shown unmasked."""
    (project / "pyproject.toml").write_text(content)
    for _ in range(2):
        with pytest.raises(FileError, match=told) as caught:
            reload()
        assert str(project / "pyproject.toml") in str(caught.value)
        with pytest.raises(FileError):
            masker()


# Command lines


@pytest.mark.parametrize(
    ("argv", "shown"),
    [
        (["--password", "hunter2"], ["--password", MASK]),
        (["--password=hunter2"], ["--password=***"]),
        (["--password=a b=c"], ["--password=***"]),
        (["-password", "hunter2"], ["-password", MASK]),
        (["--api-keys", "one", "two", "--lr", "1"], ["--api-keys", MASK, MASK, "--lr", "1"]),
        (["--use-auth-token", "--lr", "1"], ["--use-auth-token", "--lr", "1"]),
        (["--use_auth_token", "True", "x"], ["--use_auth_token", "True", "x"]),
        (["--password", "-1"], ["--password", MASK]),
        (["--max_tokens", "100"], ["--max_tokens", "100"]),
        (["--max_tokens=100", "--key", "a"], ["--max_tokens=100", "--key", "a"]),
        (["hub_token=abc"], ["hub_token=***"]),
        (["hub_token=null", "token=True"], ["hub_token=null", "token=True"]),
        (["+model.api_key=abc"], ["+model.api_key=***"]),
        (["++secrets.db.port=1"], ["++secrets.db.port=***"]),
        (["~db.password", "x"], ["~db.password", "x"]),
        (["db={user:me,password:hunter2}"], ["db={user:me,password:***}"]),
        (["db.url='postgresql://me:pw@h/d'"], ["db.url='postgresql://me:***@h/d'"]),
        (["x=${oc.env:DB_PASSWORD,pw}"], ["x=${oc.env:DB_PASSWORD,***}"]),
        (["env", "HF_TOKEN=abc", "python"], ["env", "HF_TOKEN=***", "python"]),
        (["curl", "-H", "Authorization: Bearer abc1"], ["curl", "-H", "Authorization: Bearer ***"]),
        (["python", "-c", "login(token='abcd')"], ["python", "-c", "login(token='***')"]),
        ([key("hf_")], [MASK]),
        (["--token", "$Ab//1"], ["--token", MASK]),
        (["--token", "${oc.env:X}"], ["--token", "${oc.env:X}"]),
        (["--", "--password", "x"], ["--", "--password", MASK]),
        (["--password"], ["--password"]),
        (["--password-stdin", "registry.io"], ["--password-stdin", "registry.io"]),
        ([], []),
    ],
)
def test_a_command_line_is_masked(argv, shown):
    """Flags, overrides, variables and URLs; a flag without a value takes none."""
    assert mask_argv(argv) == shown
    assert mask_argv(shown) == shown


# Origins


def test_the_origin_of_a_secret_does_not_tell_it():
    """The text of an override, the help, the raw text and what was replaced are masked as well."""
    origin = Origin(
        "cli",
        2,
        "hydra",
        name="hub_token=hunter2",
        raw="${oc.env:HF_TOKEN,hunter2}",
        help="the token (default: hunter1)",
        replaced=(
            Replaced("hunter1", Origin("file", 0, place="a.yaml:1", help="default: hunter1"), 2),
            Replaced(None, Origin("default", 0)),
            Replaced({"a": ["hunter0", True], "b": 7}, Origin("code", 1)),
        ),
    )
    shown, told = Masker().shown(("hub_token",), "hunter2", origin)
    assert shown == MASK
    for one in (told, mask_origin(origin, "hunter2", "its key says so: hub_token")):
        assert "hunter" not in repr(one)
        assert one.name == "hub_token=***"
        assert one.raw == "${oc.env:HF_TOKEN,***}"
        assert one.note == "its key says so: hub_token"
        assert one.replaced[0][2] == 2
        assert [entry.value for entry in one.replaced] == [
            MASK,
            None,
            {"a": [MASK, True], "b": MASK},
        ]
        assert one.kind == "cli"


def test_a_secret_that_was_replaced_does_not_survive_in_the_chain():
    """The value is none any more, but what it took the place of was."""
    older = Origin("cli", 2, name="--hub-token")
    origin = HERE._replace(help="default: hunter2", replaced=(Replaced("hunter2", older),))
    for path in (("hub_token",), ("x",)):
        value, told = Masker().shown(path, None, origin)
        assert value is None
        assert told.note is None
        assert "hunter2" not in repr(told)
        assert told.replaced[0].origin.note


def test_what_was_replaced_and_is_no_secret_stays():
    """Beside a URL with a password, one without is shown."""
    origin = HERE._replace(
        replaced=(Replaced("sqlite:///x.db", HERE), Replaced("s://a:bc@d", HERE))
    )
    value, told = Masker().shown(("url",), "postgresql://me:pw@host/db", origin)
    assert value == "postgresql://me:***@host/db"
    assert told.replaced[0] is origin.replaced[0]
    assert told.replaced[1].value == "s://a:***@d"


def test_an_override_of_a_whole_mapping_is_masked_for_each_value():
    """A value that is no secret has an origin whose text has one."""
    origin = Origin("cli", 2, "hydra", name="db={user:me,password:hunter2}")
    assert Masker().shown(("db", "user"), "me", origin)[1].name == "db={user:me,password:***}"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("${oc.env:A_TOKEN}", "${oc.env:A_TOKEN}"),
        ("${db.password}", "${db.password}"),
        ("prefix-${db.password}", "***${db.password}"),
        ("${b64:aHVudGVyMg==}", "***}"),
        ("${oc.env:A,${oc.env:B,hunter2}}", "${oc.env:A,${oc.env:B,***}}"),
    ],
)
def test_of_an_interpolation_only_names_are_left(raw, shown):
    """Names of variables and keys stay, whatever else is in the text does not."""
    assert mask_origin(HERE._replace(raw=raw), "hunter2", "its key says so: x").raw == shown


# Properties

secrets = st.text("abcdefXYZ0123456789!#$%^*_+-./@", min_size=6, max_size=30).filter(
    lambda text: (
        re.search("[A-Za-z][0-9]|[0-9][A-Za-z]", text) and text[0] != "-" and "//" not in text
    )
)
"""Passwords; none that could be a word of what stands around it."""
formats = st.sampled_from([row[0] for row in BY_FORMAT])
pieces = st.sampled_from(
    [
        *["password", "--password", "token=", "=", ":", ": ", " ", "\n", '"', "'", "\\", "://"],
        *["@", "/", "?", "&", ",", ";", "hf_", "sk-", "eyJ", "AKIA", "Bearer ", MASK, "${", "}"],
        *["-----BEGIN PRIVATE KEY-----", "-----END", "postgres", "me:pw@h", "api_key", "{", "["],
        *["oc.env:", "a", "1"],
    ]
)
texts = st.lists(pieces | formats | st.text(max_size=5), max_size=12).map("".join)
"""Texts that are made of all that the rules look for."""


@given(secrets)
@example("pa@ss/1w")
@example("a1b2c3?x")
def test_a_password_does_not_survive_in_a_url(secret):
    """Whatever is in it."""
    for url in (f"postgresql://me:{secret}@host/db", f"redis://:{secret}@host:1/0"):
        assert secret not in mask_text(url)
        assert mask_text(url).startswith(url.partition(secret)[0])


@given(secrets, st.sampled_from(["hub_token", "db.password", "api-key", "WANDB_API_KEY"]))
def test_a_secret_does_not_survive_on_a_command_line(secret, name):
    """In none of the ways to write it."""
    assume(secret.lower() not in ("true", "false"))
    forms = [[f"--{name}", secret], [f"--{name}={secret}"], [f"{name}={secret}"]]
    for argv in forms:
        shown = mask_argv(["x.py", *argv, "--lr", "1"])
        assert secret not in " ".join(shown)
        assert shown[-2:] == ["--lr", "1"]


@given(secrets, st.sampled_from(["password", "api_key", "client_secret"]))
def test_a_secret_does_not_survive_in_a_record(secret, name):
    """Not in the value, the origin, its texts and what it replaced, nor in the reason."""
    older = Origin("file", 0, help=f"was {secret}")
    origin = Origin(
        "cli",
        2,
        name=f"{name}={secret}",
        raw=f"${{oc.env:X,{secret}}}",
        help=f"{secret}!",
        replaced=(Replaced([secret, {"a": secret}], older),),
    )
    shown = Masker().shown((name,), secret, origin)
    assert secret not in repr(shown)
    assert secret not in repr(mask_origin(origin, secret, "its key says so"))
    assert shown[1].note == f"its key says so: {name}"


@given(texts)
@example("password=postgres://me:pw@h")
@example("postgres://me:password=hunter2@h/db")
@example('password="password="a b"')
@example("postgresql://me:hun ter2@host/db-----BEGIN PRIVATE KEY-----\nMIIEow")
def test_masking_twice_changes_nothing(text):
    """A masked text holds no secret any more."""
    once = mask_text(text)
    assert mask_text(once) == once
    assert (once is text) == (text_reason(text) is None)


@given(st.text())
def test_an_ordinary_text_is_the_same_object(text):
    """Where no rule has anything to look for, nothing is made."""
    assume(not re.search("[=:@-]", text))
    assert mask_text(text) is text
    assert text_reason(text) is None


@given(texts, st.sampled_from(["x", "password", "token"]))
def test_a_reason_is_there_exactly_where_something_is_masked(text, name):
    """The value, its reason and the note of its origin agree."""
    shown, told = Masker().shown((name,), text, HERE)
    assert (told.note is None) == (shown == text) or text.strip() == MASK or MASK in text
