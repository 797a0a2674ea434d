"""What a project is compared with: scikit-learn's boosted trees, and a linear model."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler

from table_data import has_dates, has_text

# As many categories as boosting takes.
MOST = 254


def features_of(table: pd.DataFrame) -> pd.DataFrame:
    """Make numbers of dates, and texts of what is no number; missing cells stay so.

    A date becomes its day since 1970, its month and its weekday.
    """
    made = {}
    for name, column in table.items():
        if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
            if has_dates(column):
                dates = pd.to_datetime(column, errors="coerce", format="mixed", utc=True)
                made[f"{name} day"] = (dates - pd.Timestamp(0, tz="UTC")).dt.days.to_numpy(float)
                made[f"{name} month"] = dates.dt.month.to_numpy(float)
                made[f"{name} weekday"] = dates.dt.weekday.to_numpy(float)
            else:
                texts = column.astype(object)
                made[name] = texts.where(texts.isna(), texts.astype(str)).to_numpy()
        else:
            made[name] = column.to_numpy(float)
    return pd.DataFrame(made)


def boosting(train: pd.DataFrame, is_class: bool, seed: int) -> BaseEstimator:
    """Make boosted trees with scikit-learn's defaults, for features such as these.

    Texts are categories: the most frequent MOST, the others together.
    """
    categories = [name for name in train if not pd.api.types.is_numeric_dtype(train[name])]
    encoder = OrdinalEncoder(
        max_categories=MOST,
        handle_unknown="use_encoded_value",
        unknown_value=np.nan,
        encoded_missing_value=np.nan,
    )
    columns = ColumnTransformer([("categories", encoder, categories)], remainder="passthrough")
    trees = HistGradientBoostingClassifier if is_class else HistGradientBoostingRegressor
    return make_pipeline(
        columns,
        trees(categorical_features=list(range(len(categories))) or None, random_state=seed),
    )


def linear(train: pd.DataFrame, is_class: bool) -> BaseEstimator:
    """Make a logistic regression, or a ridge regression, for features such as these.

    Numbers are scaled, missing ones are the median and marked; categories are one-hot; a free
    text is its words, by their TF-IDF.
    """
    numbers = [name for name in train if pd.api.types.is_numeric_dtype(train[name])]
    texts = [name for name in train if name not in numbers and has_text(train[name])]
    categories = [name for name in train if name not in numbers and name not in texts]
    scaled = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    one_hot = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=100)
    columns = ColumnTransformer(
        [
            ("numbers", scaled, numbers),
            ("categories", one_hot, categories),
            *((f"text {name}", _words(), [name]) for name in texts),
        ]
    )
    return make_pipeline(columns, LogisticRegression(max_iter=2000) if is_class else Ridge())


def _words() -> BaseEstimator:
    no_missing = SimpleImputer(strategy="constant", fill_value="")
    return make_pipeline(no_missing, FunctionTransformer(np.ravel), TfidfVectorizer())
