# <% include "model/keras.py" %>


def build_estimator(
    run_config: tf.estimator.RunConfig,
    columns: Columns,
    *,
    hidden_units: Sequence[int],
    learning_rate: float,
    label_scale: tuple[float, float] = (0.0, 1.0),
) -> tf.estimator.Estimator:
    """Build the Keras model in the strategy's scope, and make an Estimator of it.

    Raises:
        UserError: a part of the model would be lost.
    """
    strategy = run_config.train_distribute
    with strategy.scope():
        model = build_model(
            columns,
            hidden_units=hidden_units,
            learning_rate=learning_rate,
            label_scale=label_scale,
        )
    conversion.require_convertible(model, strategy.num_replicas_in_sync)
    return conversion.to_estimator(model, run_config)
