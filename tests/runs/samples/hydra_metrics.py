# Hydra: track metrics.
import hydra

import unifig as wandb

loss = 0.25


# the sample
@hydra.main(config_path="configs/", config_name="defaults")
def run_experiment(cfg):
    with wandb.init(entity=cfg.wandb.entity, project=cfg.wandb.project) as run:
        run.log({"loss": loss})


run_experiment()
