# Hydra: track hyperparameters, by assigning the config of the run, which is refused.
import hydra
import omegaconf

import unifig as wandb


# the sample
@hydra.main(config_path="configs/", config_name="defaults")
def run_experiment(cfg):
    with wandb.init(entity=cfg.wandb.entity, project=cfg.wandb.project) as run:
        run.config = omegaconf.OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)


run_experiment()
