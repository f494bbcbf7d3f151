"""Asks a running `diffcut serve` as Label Studio's client does (label_studio/ml/api_connector.py), and has Label Studio's own SDK judge
the predictions.

    pip install requests label-studio-sdk
    diffcut serve --port 9090 &
    python scripts/check-label-studio.py http://localhost:9090 photos/rocket.jpg [--password TOKEN]
"""
import argparse
import base64

import requests
from label_studio_sdk.label_interface import LabelInterface

INTERFACES = {
    "brushes": '<View><Image name="image" value="$image"/><BrushLabels name="tag" toName="image"><Label value="Thing"/></BrushLabels></View>',
    "polygons": '<View><Image name="image" value="$image"/><PolygonLabels name="label" toName="image"><Label value="Thing"/></PolygonLabels>'
    '<BrushLabels name="tag" toName="image"><Label value="Thing"/></BrushLabels></View>',
}

parser = argparse.ArgumentParser()
parser.add_argument("url")
parser.add_argument("picture")
parser.add_argument("--password")
args = parser.parse_args()

session = requests.Session()
if args.password:
    session.auth = ("label-studio", args.password)


def call(method, path, body=None):
    answer = session.request(method, f"{args.url}/{path}", json=body, timeout=(1, 100))
    answer.raise_for_status()
    return answer.json()


assert call("GET", "health")["status"] == "UP"
picture = "data:image/jpeg;base64," + base64.b64encode(open(args.picture, "rb").read()).decode()
for kind, config in INTERFACES.items():
    setup = call("POST", "setup", {"project": "1.1", "schema": config, "hostname": "http://localhost:8080", "access_token": "x", "extra_params": None})
    request = {
        "tasks": [{"id": 1, "data": {"image": picture}, "annotations": [], "predictions": []}],
        "model_version": setup["model_version"],
        "project": "1.1",
        "label_config": config,
        "params": {"login": None, "password": None, "context": None},
    }
    [prediction] = call("POST", "predict", request)["results"]
    assert prediction["model_version"] == setup["model_version"]
    interface = LabelInterface(config)
    problems = interface.validate_prediction(prediction, return_errors=True)
    assert not problems, problems
    print(kind, len(prediction["result"]), "regions")
assert call("POST", "webhook", {"action": "ANNOTATION_CREATED", "project": {"id": 1}})["status"] == "ok"
print("all as Label Studio has it")
