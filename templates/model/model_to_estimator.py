# <% include "model/keras.py" %>


def build_estimator(
    run_config: tf.estimator.RunConfig,
    columns: Columns,
    **arguments: Any,
) -> tf.estimator.Estimator:
    """Build the Keras model in the strategy's scope, and make an Estimator of it.

    Args:
        run_config: the folder, the seed and the strategy.
        columns: what the model reads, and what it answers.
        arguments: for build_model.

    Raises:
        UserError: a part of the model would be lost.
    """
    strategy = run_config.train_distribute
    with strategy.scope():
        model = build_model(columns, **arguments)
    conversion.require_convertible(model, strategy.num_replicas_in_sync)
    return conversion.to_estimator(model, run_config)
