# The library's own predictor on one thread: python library.py MODEL INPUT ROWS. Ends with 3 where the library is not installed.
import json
import sys
import time

model_path, input_path, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
categories = ["carrier", "origin", "dest"]
try:
    import pandas
    if model_path.endswith(".txt"):
        import lightgbm
    else:
        import xgboost
except ImportError:
    sys.exit(3)

rows = [json.loads(line) for line in open(input_path)]
frame = pandas.DataFrame([rows[i % len(rows)] for i in range(count)])
if model_path.endswith(".txt"):
    booster = lightgbm.Booster(model_file=model_path)
    lists = json.loads(open(model_path).read().rsplit("pandas_categorical:", 1)[1])
    for name, known in zip(categories, lists):
        frame[name] = pandas.Categorical(frame[name], categories=known).codes
    data = frame[booster.feature_name()].to_numpy(dtype="float64")
    data[:, :3][data[:, :3] < 0] = float("nan")
    score = lambda: booster.predict(data, num_threads=1)
else:
    booster = xgboost.Booster(model_file=model_path)
    booster.set_param("nthread", 1)
    for name in categories:
        frame[name] = frame[name].astype("category")
    score = lambda: booster.inplace_predict(frame[booster.feature_names])
started = time.perf_counter()
while time.perf_counter() - started < 0.3:
    score()
done, started = 0, time.perf_counter()
while time.perf_counter() - started < 0.7:
    score()
    done += count
print(json.dumps({"seconds": time.perf_counter() - started, "rows": done}))
