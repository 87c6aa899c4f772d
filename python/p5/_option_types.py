"""Types of option keywords: rows of docs/options.md with two underscores for the dot. Written by scripts/option_types."""
from __future__ import annotations

from typing import Literal, TypedDict


class TrainOptions(TypedDict, total=False):
    """Of Recommender.fit and Recommender.fuse."""

    split__kind: Literal["auto", "leave-one-out", "temporal", "sliding", "given"]
    split__temporal_valid: float
    split__temporal_test: float
    split__windows: int
    split__window: int
    split__hide_items: float
    split__review_valid: float
    split__review_test: float
    split__seed: int
    task__rating_samples: int
    task__sequential_samples: int
    task__explanation_samples: int
    task__review_samples: int
    task__custom_samples: int
    task__direct_samples: int
    task__history_span_samples: int
    task__text_span_samples: int
    task__attribute_samples: int
    task__next_session_samples: int
    task__label_share: float
    task__shares: list[str]
    task__weights: list[str]
    task__prompts: list[str]
    task__sequential_targets: Literal["all", "last3", "each"]
    task__target_items: int
    task__repeat_items: int
    task__trie_softmax: bool
    task__trie_draws: int
    task__parallel_codes: bool
    task__short_items: bool
    task__newest_first: bool
    task__random_start: bool
    task__crop: float
    task__mask: float
    task__reorder: float
    task__profile_ratings: int
    task__user_prompt: list[str]
    task__expected_stars: bool
    task__anonymous: float
    task__word_dropout: float
    task__rating_bands: bool
    task__max_history: int
    task__candidates: int
    task__separator: str
    task__max_review: int
    task__max_source: int
    task__max_target: int
    task__batch_tokens: int
    task__window_batches: int
    decode__beams: int
    decode__length_penalty: float
    decode__text_beams: int
    decode__max_length: int
    decode__min_length: int
    decode__repetition_penalty: float
    decode__no_repeat_ngram: int
    decode__beam_groups: int
    decode__diversity: float
    decode__consensus: int
    decode__temperature: float
    decode__top_k: int
    decode__top_p: float
    decode__seed: int
    decode__stars: Literal["mean", "median", "mode", "calibrated"]
    decode__review_words: bool
    decode__rating_mixture: bool
    decode__sequential_prompt: str
    decode__direct_prompt: str
    decode__rating_prompt: str
    decode__explanation_prompt: str
    decode__feature_prompt: str
    decode__headline_prompt: str
    decode__review_prompt: str
    explain__file: str
    explain__lexicon: str
    explain__min_reviews: int
    explain__min_words: int
    explain__max_words: int
    knn__window: int
    knn__gap_decay: float
    knn__backward: float
    knn__shrinkage: float
    knn__history: int
    knn__recency: float
    knn__max_neighbors: int
    recent__half_life_days: float
    recent__half_life_events: float
    category__backoff: float
    category__history: int
    category__recency: float
    cosine__shrinkage: float
    cosine__max_neighbors: int
    cosine__history: int
    cosine__recency: float
    conditional__popularity: float
    user_knn__neighbors: int
    user_knn__shrinkage: float
    user_knn__history: int
    user_knn__recency: float
    markov__mass: float
    markov__history: int
    markov__recency: float
    ridge__lambda: float
    ridge__max_neighbors: int
    ridge__max_items: int
    ridge__history: int
    ridge__recency: float
    ridge__whole: float
    ridge__ordered: float
    ridge__before_decay: float
    ridge__after_decay: float
    ridge__window: int
    ridge__places: int
    ease__lambda: float
    ease__max_neighbors: int
    ease__max_items: int
    ease__history: int
    ease__recency: float
    slim__l1: float
    slim__l2: float
    slim__whole: float
    slim__ordered: float
    slim__rounds: int
    slim__tolerance: float
    slim__history: int
    slim__recency: float
    als__factors: int
    als__alpha: float
    als__lambda: float
    als__frequency: float
    als__initial_std: float
    als__rounds: int
    als__seed: int
    als__history: int
    als__recency: float
    bpr__factors: int
    bpr__lr: float
    bpr__l2: float
    bpr__bias_l2: float
    bpr__initial_std: float
    bpr__epochs: int
    bpr__seed: int
    bpr__history: int
    bpr__recency: float
    ppmi__factors: int
    ppmi__window: int
    ppmi__gap_decay: float
    ppmi__smoothing: float
    ppmi__sharpness: float
    ppmi__rounds: int
    ppmi__seed: int
    ppmi__max_neighbors: int
    ppmi__history: int
    ppmi__recency: float
    content__title: float
    content__description: float
    content__labels: float
    content__max_neighbors: int
    content__history: int
    content__recency: float
    vectors__attribute: str
    vectors__max_neighbors: int
    vectors__history: int
    vectors__recency: float
    encoder__network: Literal["sasrec", "esasrec", "bert4rec", "gru4rec", "lstm", "caser", "nextitnet", "mlp", "mult-dae", "mult-vae"]
    encoder__width: int
    encoder__layers: int
    encoder__heads: int
    encoder__feed_forward: int
    encoder__item_rows: int
    encoder__row_hashes: int
    encoder__history: int
    encoder__dropout: float
    encoder__positions: Literal["relative", "absolute", "none"]
    encoder__evidence: bool
    encoder__attributes: bool
    encoder__vectors: list[str]
    encoder__numbers: Literal["none", "standard", "buckets"]
    encoder__fusion: Literal["sum", "concat", "gate"]
    encoder__time_gaps: bool
    encoder__objectives: list[str]
    encoder__loss: Literal["auto", "softmax", "sampled-softmax", "bce", "bpr"]
    encoder__negatives: int
    encoder__temperature: float
    encoder__margin: float
    encoder__rewards: list[str]
    encoder__discount: float
    encoder__top_k: int
    encoder__weight_cap: float
    encoder__conservative: float
    encoder__target_rate: float
    encoder__objective_weights: Literal["fixed", "uncertainty"]
    encoder__graph: str
    encoder__from: str
    encoder__batch_targets: int
    encoder__lr: float
    encoder__weight_decay: float
    encoder__clip: float
    encoder__warmup_steps: int
    encoder__average: float
    encoder__seed: int
    encoder__epochs: int
    encoder__patience: int
    encoder__max_minutes: float
    encoder__validate_users: int
    evidence__source: Literal["off", "item-knn", "user-knn", "ridge"]
    evidence__neighbors: int
    evidence__floor: float
    evidence__distill: float
    evidence__gate: float
    evidence__ages: int
    mf__factors: int
    mf__lr: float
    mf__l2: float
    mf__initial_std: float
    mf__epochs: int
    mf__patience: int
    mf__seed: int
    hybrid__method: Literal["auto", "rrf", "probability", "log", "learned"]
    hybrid__sources: list[str]
    hybrid__pool: int
    hybrid__list: int
    hybrid__users: int
    hybrid__rerank: int
    hybrid__trees: int
    hybrid__seed: int
    hybrid__after_training: bool
    encoder__shard_items: bool
    nearest__index: Literal["auto", "exact", "flat", "ivf", "hnsw", "ivfpq"]
    nearest__exact_below: int
    nearest__hnsw_below: int
    nearest__lists: int
    nearest__probes: int
    nearest__code_bytes: int
    nearest__shortlist: int
    nearest__links: int
    nearest__construction: int
    nearest__search: int
    nearest__seed: int
    cold__weight: float
    rerank__method: Literal["none", "mmr", "dpp", "calibrate", "shuffle", "epsilon", "softmax", "squarecb", "linucb", "thompson", "neural"]
    rerank__strength: float
    rerank__pool: int
    rerank__fixed: int
    rerank__seed: int
    rerank__similarity: Literal["auto", "features", "users"]
    text__model: str
    text__pieces: int
    text__user_tokens: bool
    text__user_ids: Literal["own", "hashed", "clustered"]
    text__user_groups: int
    text__prompts: list[str]
    text__only_prompts: list[str]
    index__scheme: Literal["random", "sequential", "independent", "title", "collaborative", "kmeans-tree", "residual", "rq-vae", "product", "category", "hybrid"]
    index__seed: int
    index__first_number: int
    index__title_words: int
    index__levels: int
    index__digits: int
    index__clusters: int
    index__leaf: int
    index__codes: int
    index__collisions: Literal["digit", "sinkhorn"]
    index__epochs: int
    index__latent: int
    index__commitment: float
    index__contrast: float
    index__least_usage: float
    index__category_items: int
    index__prefix: Literal["collaborative", "kmeans-tree", "residual", "rq-vae", "product", "category"]
    index__vectors: list[str]
    index__vector_width: int
    index__vector_axes: int
    index__from: str
    model__preset: Literal["nano", "tiny", "small", "base", "init"]
    model__d_model: int
    model__d_kv: int
    model__d_ff: int
    model__num_layers: int
    model__num_decoder_layers: int
    model__num_heads: int
    model__dropout: float
    model__embedding_std: float
    model__id_embedding_std: float
    model__copy_attention: bool
    model__whole_word_rows: int
    train__optimizer: Literal["adamw", "adam", "sgd"]
    train__lr: float
    train__weight_decay: float
    train__beta1: float
    train__beta2: float
    train__epsilon: float
    train__momentum: float
    train__clip: float
    train__precision: Literal["float32", "bfloat16"]
    train__family_weights: Literal["fixed", "learned"]
    train__average: float
    train__schedule: Literal["constant", "linear", "cosine", "inverse-sqrt"]
    train__warmup: float
    train__validate_first: bool
    train__validate_users: int
    train__rank_timeout: float
    train__init: str
    train__item_vectors: str
    train__item_vector_std: float
    train__epochs: int
    train__max_steps: int
    train__minutes: float
    train__own_minutes: float
    train__accumulate: int
    train__validate_every: float
    train__select: str
    train__patience: int
    train__checkpoint_minutes: int
    train__weight_histograms: bool
    train__metrics_file: str
    privacy__unit: Literal["off", "example", "user"]
    privacy__noise: float
    privacy__epsilon: float
    privacy__delta: float
    privacy__clip: float
    privacy__batch: int
    privacy__examples: int
    privacy__secret_noise: bool
    federated__clients: int
    federated__per_round: int
    federated__epochs: int
    federated__batch: int
    federated__lr: float
    federated__clip: float
    federated__proximal: float
    federated__masks: bool
    federated__dropout: float
    reptile__users: int
    reptile__steps: int
    reptile__batch: int
    reptile__lr: float
    reptile__clip: float
    train__seed: int
    finetune__method: Literal["full", "lora", "ia3", "houlsby", "pfeiffer", "prompt", "prefix", "bias", "norm"]
    finetune__rank: int
    finetune__alpha: float
    finetune__rslora: bool
    finetune__targets: list[str]
    finetune__rank_pattern: list[str]
    finetune__alpha_pattern: list[str]
    finetune__width: int
    finetune__prompt_tokens: int
    finetune__prefix_places: Literal["all", "decoder"]
    finetune__token_rows: Literal["none", "new", "all"]
    finetune__last_blocks: int
    finetune__unfreeze_every: float
    finetune__layer_decay: float
    reinforce__group: int
    reinforce__positions: int
    reinforce__kl: float
    reinforce__rank_penalty: float
    reinforce__rewards: list[str]
    distil__teacher: str
    distil__source: str
    distil__items: int
    distil__temperature: float
    distil__weight: float
    distil__histories: int
    evaluate__split: Literal["test", "valid"]
    evaluate__users: int
    evaluate__reviews: int
    evaluate__examples: int
    evaluate__negatives: int
    evaluate__seed: int
    evaluate__list: int
    evaluate__k: list[str]
    evaluate__metrics: list[str]
    evaluate__rows: list[str]
    evaluate__batch: int
    train__automatic: Literal["auto", "on", "off"]
    device__name: str
    device__threads: int
    device__matmul: Literal["highest", "high", "medium"]


class EvaluateOptions(TypedDict, total=False):
    """Of Recommender.evaluate."""

    decode__beams: int
    decode__length_penalty: float
    decode__text_beams: int
    decode__max_length: int
    decode__min_length: int
    decode__repetition_penalty: float
    decode__no_repeat_ngram: int
    decode__beam_groups: int
    decode__diversity: float
    decode__consensus: int
    decode__temperature: float
    decode__top_k: int
    decode__top_p: float
    decode__seed: int
    decode__stars: Literal["mean", "median", "mode", "calibrated"]
    decode__review_words: bool
    decode__rating_mixture: bool
    decode__sequential_prompt: str
    decode__direct_prompt: str
    decode__rating_prompt: str
    decode__explanation_prompt: str
    decode__feature_prompt: str
    decode__headline_prompt: str
    decode__review_prompt: str
    knn__window: int
    knn__gap_decay: float
    knn__backward: float
    knn__shrinkage: float
    knn__history: int
    knn__recency: float
    knn__max_neighbors: int
    recent__half_life_days: float
    recent__half_life_events: float
    category__backoff: float
    category__history: int
    category__recency: float
    cosine__shrinkage: float
    cosine__max_neighbors: int
    cosine__history: int
    cosine__recency: float
    conditional__popularity: float
    user_knn__neighbors: int
    user_knn__shrinkage: float
    user_knn__history: int
    user_knn__recency: float
    markov__mass: float
    markov__history: int
    markov__recency: float
    ridge__lambda: float
    ridge__max_neighbors: int
    ridge__max_items: int
    ridge__history: int
    ridge__recency: float
    ridge__whole: float
    ridge__ordered: float
    ridge__before_decay: float
    ridge__after_decay: float
    ridge__window: int
    ridge__places: int
    ease__lambda: float
    ease__max_neighbors: int
    ease__max_items: int
    ease__history: int
    ease__recency: float
    slim__l1: float
    slim__l2: float
    slim__whole: float
    slim__ordered: float
    slim__rounds: int
    slim__tolerance: float
    slim__history: int
    slim__recency: float
    als__factors: int
    als__alpha: float
    als__lambda: float
    als__frequency: float
    als__initial_std: float
    als__rounds: int
    als__seed: int
    als__history: int
    als__recency: float
    bpr__factors: int
    bpr__lr: float
    bpr__l2: float
    bpr__bias_l2: float
    bpr__initial_std: float
    bpr__epochs: int
    bpr__seed: int
    bpr__history: int
    bpr__recency: float
    ppmi__factors: int
    ppmi__window: int
    ppmi__gap_decay: float
    ppmi__smoothing: float
    ppmi__sharpness: float
    ppmi__rounds: int
    ppmi__seed: int
    ppmi__max_neighbors: int
    ppmi__history: int
    ppmi__recency: float
    content__title: float
    content__description: float
    content__labels: float
    content__max_neighbors: int
    content__history: int
    content__recency: float
    vectors__attribute: str
    vectors__max_neighbors: int
    vectors__history: int
    vectors__recency: float
    encoder__network: Literal["sasrec", "esasrec", "bert4rec", "gru4rec", "lstm", "caser", "nextitnet", "mlp", "mult-dae", "mult-vae"]
    encoder__width: int
    encoder__layers: int
    encoder__heads: int
    encoder__feed_forward: int
    encoder__item_rows: int
    encoder__row_hashes: int
    encoder__history: int
    encoder__dropout: float
    encoder__positions: Literal["relative", "absolute", "none"]
    encoder__evidence: bool
    encoder__attributes: bool
    encoder__vectors: list[str]
    encoder__numbers: Literal["none", "standard", "buckets"]
    encoder__fusion: Literal["sum", "concat", "gate"]
    encoder__time_gaps: bool
    encoder__objectives: list[str]
    encoder__loss: Literal["auto", "softmax", "sampled-softmax", "bce", "bpr"]
    encoder__negatives: int
    encoder__temperature: float
    encoder__margin: float
    encoder__rewards: list[str]
    encoder__discount: float
    encoder__top_k: int
    encoder__weight_cap: float
    encoder__conservative: float
    encoder__target_rate: float
    encoder__objective_weights: Literal["fixed", "uncertainty"]
    encoder__graph: str
    encoder__from: str
    encoder__batch_targets: int
    encoder__lr: float
    encoder__weight_decay: float
    encoder__clip: float
    encoder__warmup_steps: int
    encoder__average: float
    encoder__seed: int
    encoder__epochs: int
    encoder__patience: int
    encoder__max_minutes: float
    encoder__validate_users: int
    mf__factors: int
    mf__lr: float
    mf__l2: float
    mf__initial_std: float
    mf__epochs: int
    mf__patience: int
    mf__seed: int
    hybrid__method: Literal["auto", "rrf", "probability", "log", "learned"]
    hybrid__sources: list[str]
    hybrid__pool: int
    hybrid__list: int
    hybrid__users: int
    hybrid__rerank: int
    hybrid__trees: int
    hybrid__seed: int
    encoder__shard_items: bool
    nearest__index: Literal["auto", "exact", "flat", "ivf", "hnsw", "ivfpq"]
    nearest__exact_below: int
    nearest__hnsw_below: int
    nearest__lists: int
    nearest__probes: int
    nearest__code_bytes: int
    nearest__shortlist: int
    nearest__links: int
    nearest__construction: int
    nearest__search: int
    nearest__seed: int
    cold__weight: float
    rerank__method: Literal["none", "mmr", "dpp", "calibrate", "shuffle", "epsilon", "softmax", "squarecb", "linucb", "thompson", "neural"]
    rerank__strength: float
    rerank__pool: int
    rerank__fixed: int
    rerank__seed: int
    rerank__similarity: Literal["auto", "features", "users"]
    train__rank_timeout: float
    train__weight_histograms: bool
    train__metrics_file: str
    evaluate__split: Literal["test", "valid"]
    evaluate__users: int
    evaluate__reviews: int
    evaluate__examples: int
    evaluate__negatives: int
    evaluate__seed: int
    evaluate__list: int
    evaluate__k: list[str]
    evaluate__metrics: list[str]
    evaluate__rows: list[str]
    evaluate__batch: int
    device__name: str
    device__threads: int
    device__matmul: Literal["highest", "high", "medium"]


class RecommendOptions(TypedDict, total=False):
    """Of Recommender.load and Recommender.recommend."""

    decode__beams: int
    decode__length_penalty: float
    decode__text_beams: int
    decode__max_length: int
    decode__min_length: int
    decode__repetition_penalty: float
    decode__no_repeat_ngram: int
    decode__beam_groups: int
    decode__diversity: float
    decode__consensus: int
    decode__temperature: float
    decode__top_k: int
    decode__top_p: float
    decode__seed: int
    decode__stars: Literal["mean", "median", "mode", "calibrated"]
    decode__review_words: bool
    decode__rating_mixture: bool
    decode__sequential_prompt: str
    decode__direct_prompt: str
    decode__rating_prompt: str
    decode__explanation_prompt: str
    decode__feature_prompt: str
    decode__headline_prompt: str
    decode__review_prompt: str
    rerank__method: Literal["none", "mmr", "dpp", "calibrate", "shuffle", "epsilon", "softmax", "squarecb", "linucb", "thompson", "neural"]
    rerank__strength: float
    rerank__pool: int
    rerank__fixed: int
    rerank__seed: int
    rerank__similarity: Literal["auto", "features", "users"]


class ImportOptions(TypedDict, total=False):
    """Of Corpus.import_, from_csv and from_pandas."""

    import__format: Literal["auto", "amazon", "movielens", "mind", "yelp", "steam", "lastfm", "taobao", "gowalla", "s3rec", "recbole", "csv", "sql"]
    import__user_column: str
    import__item_column: str
    import__rating_column: str
    import__time_column: str
    import__event_column: str
    import__review_column: str
    import__headline_column: str
    import__time_unit: Literal["auto", "s", "ms", "us", "ns", "iso"]
    import__time_format: str
    import__separator: str
    import__quote: Literal["auto", "none", "rfc4180", "pandas"]
    import__encoding: Literal["auto", "utf-8", "latin-1", "cp1252"]
    import__query: str
    import__header: bool
    import__item_files: list[str]
    import__user_files: list[str]
    import__item_key_column: str
    import__title_column: str
    import__brand_column: str
    import__description_column: str
    import__price_column: str
    import__category_column: str
    import__user_key_column: str
    import__name_column: str
    import__user_core: int
    import__item_core: int
    import__duplicates: Literal["keep", "exact", "pair"]
    import__min_rating: str
    import__events: list[str]
    import__weights: list[str]
    import__given_split: bool
    import__rating_scale: str
    import__shuffle_ties: bool
    import__seed: int
    import__items_without_events: Literal["auto", "keep", "drop"]
    import__event_attributes: bool
    import__strict: bool
    import__name: str
    import__force: bool


class SimulateOptions(TypedDict, total=False):
    """Of Corpus.simulate."""

    simulate__users: int
    simulate__items: int
    simulate__events: int
    simulate__seed: int
    simulate__review_share: float
    simulate__days: float
