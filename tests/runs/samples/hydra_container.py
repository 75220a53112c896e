# Hydra: track hyperparameters, as a plain dict.
import hydra
import omegaconf

import unifig as wandb

loss = 0.25


# the sample
@hydra.main(version_base=None, config_path="configs/", config_name="defaults")
def run_experiment(cfg):
    config = omegaconf.OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    with wandb.init(entity=cfg.wandb.entity, project=cfg.wandb.project, config=config) as run:
        run.log({"loss": loss})


run_experiment()
