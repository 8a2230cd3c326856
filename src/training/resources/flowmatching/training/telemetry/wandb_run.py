"""A wandb run that is fed with JSON lines on standard input; what it has to say goes to standard output, as JSON lines too.

in:   {"init": {...}}                    first: arguments of wandb.init
      {"step": 200, "log": {...}}        metrics of a step
      {"artifact": NAME, "file": PATH}   a checkpoint's weights
      {"finish": 0}                      last: the exit code; without it the run is marked as failed
out:  {"run": PATH OR URL} once it is there, {"error": TEXT} where there is none, {"warning": TEXT} where something is left out
"""
import sys

sys.path = [place for place in sys.path if place]  # not the working directory, where runs leave a directory named wandb
import json
import os


def say(**message):
    print(json.dumps(message), flush=True)


def main():
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C is for the trainer, which then says how the run ended
    os.environ.setdefault("WANDB_SILENT", "true")
    try:
        import wandb
    except ImportError as error:
        say(error=f"{sys.executable} has no wandb ({error}); pip install wandb")
        return 1
    try:
        first = json.loads(sys.stdin.readline())["init"]
        run = wandb.init(**first, save_code=False, settings=wandb.Settings(console="off"))
    except Exception as error:
        say(error=f"{type(error).__name__}: {error}")
        return 1
    say(run=run.url or run.dir)
    code = 1
    for line in sys.stdin:
        message = json.loads(line)
        if "log" in message:
            run.log(message["log"], step=message["step"])
        elif "artifact" in message:
            try:
                artifact = wandb.Artifact(message["artifact"], type="model")
                artifact.add_file(message["file"])
                run.log_artifact(artifact)
            except Exception as error:  # removed meanwhile, or no room for wandb's copy: the metrics are worth going on for
                say(warning=f"{message['file']} is not sent: {type(error).__name__}: {error}")
        else:
            code = message["finish"]
            break
    run.finish(exit_code=code)
    return 0


if __name__ == "__main__":
    sys.exit(main())
