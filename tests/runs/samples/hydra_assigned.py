# Hydra: track hyperparameters, by assigning the config, which is refused.
import hydra
import omegaconf

import unifig as wandb


# the sample
@hydra.main(config_path="configs/", config_name="defaults")
def run_experiment(cfg):
    wandb.config = omegaconf.OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    wandb.init(entity=cfg.wandb.entity, project=cfg.wandb.project)


run_experiment()
