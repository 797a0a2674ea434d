# <% include "model/keras.py" %>


def build_estimator(
    run_config: tf.estimator.RunConfig,
    *,
    hidden_units: Sequence[int],
    learning_rate: float,
    label_scale: tuple[float, float] = (0.0, 1.0),
) -> tf.estimator.Estimator:
    """Build the Keras model in the strategy's scope, and wrap it into an Estimator."""
    with run_config.train_distribute.scope():
        model = build_model(
            hidden_units=hidden_units, learning_rate=learning_rate, label_scale=label_scale
        )
    return tf.keras.estimator.model_to_estimator(model, config=run_config)
