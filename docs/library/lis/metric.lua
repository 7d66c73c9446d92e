---@meta

--- Metrics of scores against labels, and how sure they are. Each comes with the influence of every user,
--- so that the variance of any difference is clustered by user; docs/metrics.md has the formulas.
---@class lis.core.metric
local metric = {}

---@class lis.MetricResult
---@field value number
---@field rows integer
---@field positives integer
---@field higher_is_better boolean
---@field definition string        in words, to be printed with the number
---@field influence lis.Tensor?    f64 [users]: how much each user moved the value; [rows] without users
---@field users integer?           that took part
---@field variance number?         of the value, clustered by user
---@field se number?               its square root
---@field share lis.Tensor?        f64 [users], of a metric that is a ratio: what bootstrap needs

--- Area under the ROC curve, exact, ties by mid-rank.
---@param score lis.Tensor  f32 [n]
---@param label lis.Tensor  u8 [n]
---@param options { user: lis.Tensor?, users: integer?, influence: boolean? }?  influence = false: the value alone, faster
---@return lis.MetricResult
function metric.auc(score, label, options) end

---@class lis.GaucOptions
---@field user lis.Tensor?    i32 [n] user codes
---@field users integer?      user codes are below it
---@field list lis.Tensor?    i32 [n] groups other than users: pages, sessions
---@field lists integer?      list codes are below it
---@field weight ("rows"|"positives"|"equal"|"pairs")?  of a group, default "rows"
---@field one_class ("skip"|"half")?  groups of one class are skipped, or count 0.5

--- Grouped AUC: the AUC inside each user's (or list's) rows, averaged.
---@param score lis.Tensor  f32 [n]
---@param label lis.Tensor  u8 [n]
---@param options lis.GaucOptions
---@return lis.MetricResult
function metric.gauc(score, label, options) end

---@class lis.RankOptions
---@field user lis.Tensor?  i32 [n] user codes
---@field users integer?    user codes are below it
---@field list lis.Tensor?  i32 [n] lists other than users' rows: pages, sessions
---@field lists integer?    list codes are below it
---@field k integer?        default 10

--- Normalised discounted cumulative gain of the top k, mean over lists with an engaged row.
---@param score lis.Tensor  f32 [n]
---@param label lis.Tensor  u8 [n]
---@param options lis.RankOptions
---@return lis.MetricResult
function metric.ndcg(score, label, options) end

--- Mean of 1 / rank of the first engaged row within the top k.
---@param score lis.Tensor  f32 [n]
---@param label lis.Tensor  u8 [n]
---@param options lis.RankOptions
---@return lis.MetricResult
function metric.mrr(score, label, options) end

--- Mean share of a list's engaged rows that stand in the top k.
---@param score lis.Tensor  f32 [n]
---@param label lis.Tensor  u8 [n]
---@param options lis.RankOptions
---@return lis.MetricResult
function metric.recall(score, label, options) end

---@class lis.ForecastOptions
---@field user lis.Tensor?  i32 [n] user codes
---@field users integer?    user codes are below it
---@field input ("probability"|"logit")?  what the scores are, default "probability"

--- Log loss in nats; lower is better.
---@param score lis.Tensor  f32 [n]
---@param label lis.Tensor  u8 [n]
---@param options lis.ForecastOptions?
---@return lis.MetricResult
function metric.logloss(score, label, options) end

--- Sum of the predicted probabilities over the number of engaged rows: 1 is calibrated on the whole.
---@param score lis.Tensor  f32 [n]
---@param label lis.Tensor  u8 [n]
---@param options lis.ForecastOptions?
---@return lis.MetricResult
function metric.calibration(score, label, options) end

--- Log loss over the entropy of the engaged share (He et al. 2014): 1 is as good as the share itself.
---@param score lis.Tensor  f32 [n]
---@param label lis.Tensor  u8 [n]
---@param options lis.ForecastOptions?
---@return lis.MetricResult
function metric.normalized_entropy(score, label, options) end

---@class lis.ReliabilityBin
---@field rows integer
---@field positives integer
---@field predicted number?  mean probability; nil in a bin without rows
---@field observed number?   engaged share

--- The reliability curve: rows by ascending score in bins of near-equal size; `error` is the expected
--- calibration error.
---@param score lis.Tensor  f32 [n]
---@param label lis.Tensor  u8 [n]
---@param options { bins: integer?, input: ("probability"|"logit")? }?  bins: default 10
---@return { error: number, bins: lis.ReliabilityBin[] }
function metric.reliability(score, label, options) end

---@class lis.Delong
---@field a number           the AUC of each
---@field b number
---@field delta number       a - b
---@field variance number    of delta
---@field variance_a number
---@field variance_b number
---@field se number
---@field ci number[]        { low, high }
---@field p number           two-sided, against 0
---@field users integer      clusters

--- DeLong's test of two AUCs on the same rows, clustered by user where users are given.
---@param score_a lis.Tensor  f32 [n]
---@param score_b lis.Tensor  f32 [n]
---@param label lis.Tensor    u8 [n]
---@param options { user: lis.Tensor?, users: integer?, level: number? }?  level: default 0.95
---@return lis.Delong
function metric.delong(score_a, score_b, label, options) end

--- Covariance of two metrics from their influences: K / (K - 1) * sum of products, K the users.
---@param influence_a lis.Tensor  f64
---@param influence_b lis.Tensor  f64
---@param users integer           that took part
---@return number
function metric.covariance(influence_a, influence_b, users) end

---@class lis.CombineOptions
---@field row_variance number    of the mean over seeds: which users were seen
---@field users integer          that took part
---@field seed_variance number?  over seeds: how training fell out
---@field seeds integer?         default 1
---@field level number?          default 0.95

--- One interval from the variance over users and that over seeds (Welch and Satterthwaite).
---@param estimate number
---@param options lis.CombineOptions
---@return { delta: number, se: number, dof: number, ci: number[], p: number }
function metric.ci_combine(estimate, options) end

--- A metric that is a ratio (not AUC), drawn again by user: replicates of its value.
---@param result lis.MetricResult
---@param options { replicates: integer?, seed: integer? }?  defaults 1000, 0
---@return lis.Tensor  f64 [replicates]
function metric.bootstrap(result, options) end

--- The AUC drawn again by user: replicates of its value, exact.
---@param score lis.Tensor  f32 [n]
---@param label lis.Tensor  u8 [n]
---@param options { user: lis.Tensor?, users: integer?, replicates: integer?, seed: integer? }?  defaults 1000 replicates, seed 0
---@return lis.Tensor  f64 [replicates]
function metric.bootstrap_auc(score, label, options) end

--- The number below which a normal variable stays with probability p.
---@param p number
---@return number
function metric.normal_quantile(p) end

--- The probability that a normal variable stays below x.
---@param x number
---@return number
function metric.normal_cdf(x) end

--- The same for Student's t.
---@param p number
---@param dof number
---@return number
function metric.t_quantile(p, dof) end

--- The same for Student's t.
---@param x number
---@param dof number
---@return number
function metric.t_cdf(x, dof) end

return metric
