"""huggingface_hub, or LeRobot on it, against the hub and the cache that the environment names (HF_ENDPOINT, HF_HOME, HF_TOKEN).

    hub_peer.py snapshot REPO TYPE            the snapshot's directory (downloaded unless HF_HUB_OFFLINE)
    hub_peer.py file REPO TYPE FILE...        each file's path
    hub_peer.py absent REPO FILE              whether the cache knows that there is no such file
    hub_peer.py scan                          repositories and warnings of the cache
    hub_peer.py upload DIRECTORY REPO TYPE    the new commit
    hub_peer.py card REPO                     the header of the model card, as JSON
    hub_peer.py verify REPO TYPE              files of the cache whose hashes are not the hub's
    hub_peer.py lerobot REPO                  the number of frames of a data set, and where it is
"""
import json
import sys

import huggingface_hub as hub


def snapshot(repo, kind):
    print(hub.snapshot_download(repo, repo_type=kind))


def file(repo, kind, *files):
    for name in files:
        print(hub.hf_hub_download(repo, name, repo_type=kind))


def absent(repo, name):
    print(hub.try_to_load_from_cache(repo, name) is hub._CACHED_NO_EXIST)


def scan():
    report = hub.scan_cache_dir()
    for repo in sorted(report.repos, key=lambda repo: repo.repo_id):
        print(repo.repo_type, repo.repo_id, repo.nb_files, repo.size_on_disk)
    for warning in report.warnings:
        print("warning", warning)


def upload(directory, repo, kind):
    hub.create_repo(repo, repo_type=kind, private=True, exist_ok=True)
    print(hub.upload_folder(repo_id=repo, repo_type=kind, folder_path=directory).oid)


def card(repo):
    loaded = hub.ModelCard.load(repo)
    print(json.dumps(loaded.data.to_dict(), sort_keys=True))


def verify(repo, kind):
    print(hub.HfApi().verify_repo_checksums(repo, repo_type=kind).mismatches)


def lerobot(repo):
    from lerobot.datasets.lerobot_dataset import LeRobotDataset

    dataset = LeRobotDataset(repo)
    print(len(dataset), dataset.root)


globals()[sys.argv[1]](*sys.argv[2:])
