---@meta

---@alias lis.Dtype "f32"|"f64"|"i32"|"i64"|"u8"

--- Making tensors, and linear algebra on them. Tensors themselves: help "lis.Tensor".
---@class lis.core.tensor
local tensor = {}

--- Zeros.
---@param dtype lis.Dtype
---@param ... integer  sizes, or one table of them; 1 to 4 dimensions
---@return lis.Tensor
function tensor.new(dtype, ...) end

--- A tensor from nested lists of numbers: from{ { 1, 2 }, { 3, 4 } } is f32 [2, 2].
---@param list table
---@param dtype lis.Dtype?  default "f32"
---@return lis.Tensor
function tensor.from(list, dtype) end

--- A tensor full of one value.
---@param dtype lis.Dtype
---@param value number
---@param ... integer  sizes, or one table of them
---@return lis.Tensor
function tensor.full(dtype, value, ...) end

--- The numbers 0 to n - 1.
---@param n integer
---@param dtype lis.Dtype?  default "i32"
---@return lis.Tensor
function tensor.arange(n, dtype) end

--- Independent normal numbers of mean 0: f32.
---@param shape integer[]
---@param options { seed: integer?, purpose: string?, scale: number? }?  scale: standard deviation
---@return lis.Tensor
function tensor.normal(shape, options) end

--- Tensors of one type laid end to end; their other sizes agree.
---@param parts lis.Tensor[]
---@param dim integer?  default 1
---@return lis.Tensor
function tensor.concat(parts, dim) end

--- Whether a value is a tensor.
---@param value any
---@return boolean
function tensor.is(value) end

--- Matrix product, [m, k] times [k, n], f32 or f64. A view of a transpose costs no copy.
---@param a lis.Tensor
---@param b lis.Tensor
---@param options { transpose_a: boolean?, transpose_b: boolean? }?
---@return lis.Tensor  [m, n]
function tensor.matmul(a, b, options) end

--- Ridge regression: W minimises sum of weight_i |x_i W - y_i|^2 + l2 |W|^2, by the normal equations in
--- f64. There is no intercept: centre the data, or give x a column of ones.
---@param x lis.Tensor  f32 [n, p]
---@param y lis.Tensor  f32 [n, d]
---@param options { l2: number?, weight: lis.Tensor? }?  l2: default 1; weight: [n]
---@return lis.Tensor W  f32 [p, d]
function tensor.ridge(x, y, options) end

--- Orthogonal Procrustes: the rotation (or reflection) R that minimises |a R - b| (Schoenemann 1966).
---@param a lis.Tensor  f32 [n, d]
---@param b lis.Tensor  f32 [n, d]
---@return lis.Tensor R  f32 [d, d]
function tensor.procrustes(a, b) end

--- The k directions along which the rows of x spread most: unit eigenvectors of x'x. Centre x first for
--- the usual principal components, which are matmul(x, axes).
---@param x lis.Tensor  f32 [n, p]
---@param k integer
---@return lis.Tensor axes  f32 [p, k], one a column
function tensor.principal_axes(x, k) end

--- Numbers of one type in 1 to 4 dimensions. Slices, selections and transposes are views: they share
--- memory and cost nothing.
---
---     t[3]           element 3, or row 3 as a view; nil outside
---     t[{ 2, 5 }]    rows 2 to 5 as a view; t[{ 2 }] from row 2 on; t[{ { 2, 5 }, 3 }] of column 3
---     t[3] = 0       sets an element, fills a row, or copies a row
---     #t             size of the first dimension
---     a + b, a - b, a * b, a / b, a ^ b, -a
---
--- Operators work element by element; beside a matrix [n, d] a vector [d] counts as every row, a column
--- [n, 1] as every column, a number as all.
---@class lis.Tensor
---@operator add(lis.Tensor|number): lis.Tensor
---@operator sub(lis.Tensor|number): lis.Tensor
---@operator mul(lis.Tensor|number): lis.Tensor
---@operator div(lis.Tensor|number): lis.Tensor
---@operator pow(lis.Tensor|number): lis.Tensor
---@operator unm: lis.Tensor
---@operator len: integer
---@field [integer] number|lis.Tensor
local Tensor = {}

--- Number of elements, or the size of a dimension.
---@param dim integer?
---@return integer
function Tensor:size(dim) end

--- All sizes.
---@return integer[]
function Tensor:shape() end

--- The type of its elements.
---@return lis.Dtype
function Tensor:dtype() end

--- One element.
---@param ... integer  one index a dimension
---@return number
function Tensor:get(...) end

--- Sets one element: t:set(i, j, value).
---@param ... number  one index a dimension, then the value
function Tensor:set(...) end

--- Elements `first` to `last` of a dimension, as a view.
---@param dim integer
---@param first integer
---@param last integer  first - 1 gives an empty view
---@return lis.Tensor
function Tensor:slice(dim, first, last) end

--- Element `index` of a dimension, as a view with one dimension less.
---@param dim integer
---@param index integer
---@return lis.Tensor
function Tensor:select(dim, index) end

--- The transpose of a matrix, as a view.
---@return lis.Tensor
function Tensor:T() end

--- Other sizes for the same elements, as a view of a contiguous tensor.
---@param ... integer  sizes, or one table of them; one may be -1: what is left
---@return lis.Tensor
function Tensor:reshape(...) end

--- A contiguous copy.
---@return lis.Tensor
function Tensor:copy() end

--- A copy of another type; numbers that do not fit are an error.
---@param dtype lis.Dtype
---@return lis.Tensor
function Tensor:to(dtype) end

--- Sets every element.
---@param value number
---@return lis.Tensor self
function Tensor:fill(value) end

--- Hash of type, shape and content, as 16 hex digits.
---@return string
function Tensor:hash() end

--- Nested lists of numbers.
---@return table
function Tensor:totable() end

--- Gives the memory back now instead of when the garbage is collected.
function Tensor:close() end

--- self + scale * other, in place.
---@param other lis.Tensor|number
---@param scale number?  default 1
---@return lis.Tensor self
function Tensor:add_(other, scale) end

--- self * other, in place.
---@param other lis.Tensor|number
---@return lis.Tensor self
function Tensor:mul_(other) end

--- Powers, element by element.
---@param exponent lis.Tensor|number
---@return lis.Tensor
function Tensor:pow(exponent) end

--- The smaller of two, element by element.
---@param other lis.Tensor|number
---@return lis.Tensor
function Tensor:minimum(other) end

--- The larger of two, element by element.
---@param other lis.Tensor|number
---@return lis.Tensor
function Tensor:maximum(other) end

--- Where equal: u8, 1 or 0, as for all comparisons.
---@param other lis.Tensor|number
---@return lis.Tensor
function Tensor:eq(other) end

--- Where different: u8.
---@param other lis.Tensor|number
---@return lis.Tensor
function Tensor:ne(other) end

--- Where less: u8.
---@param other lis.Tensor|number
---@return lis.Tensor
function Tensor:lt(other) end

--- Where less or equal: u8.
---@param other lis.Tensor|number
---@return lis.Tensor
function Tensor:le(other) end

--- Where greater: u8.
---@param other lis.Tensor|number
---@return lis.Tensor
function Tensor:gt(other) end

--- Where greater or equal: u8.
---@param other lis.Tensor|number
---@return lis.Tensor
function Tensor:ge(other) end

--- Where both are not 0: u8.
---@param other lis.Tensor|number
---@return lis.Tensor
function Tensor:land(other) end

--- Where either is not 0: u8.
---@param other lis.Tensor|number
---@return lis.Tensor
function Tensor:lor(other) end

--- Where 0: u8.
---@return lis.Tensor
function Tensor:lnot() end

--- Absolute values.
---@return lis.Tensor
function Tensor:abs() end

--- e to the power of each element.
---@return lis.Tensor
function Tensor:exp() end

--- Natural logarithms.
---@return lis.Tensor
function Tensor:log() end

--- Square roots.
---@return lis.Tensor
function Tensor:sqrt() end

--- 1 / (1 + exp(-x)): probabilities of logits.
---@return lis.Tensor
function Tensor:sigmoid() end

--- Hyperbolic tangents.
---@return lis.Tensor
function Tensor:tanh() end

--- Elements brought into a range.
---@param low number?   nil: no lower end
---@param high number?  nil: no upper end
---@return lis.Tensor
function Tensor:clamp(low, high) end

--- Rows of length 1; a row of zeros stays one. [n, d] f32.
---@return lis.Tensor
function Tensor:normalize_rows() end

--- The sum, a number; along a dimension a tensor without it. Accumulated in f64.
---@param dim integer?
---@return number|lis.Tensor
function Tensor:sum(dim) end

--- The mean, of all or along a dimension.
---@param dim integer?
---@return number|lis.Tensor
function Tensor:mean(dim) end

--- The smallest, of all or along a dimension.
---@param dim integer?
---@return number|lis.Tensor
function Tensor:min(dim) end

--- The largest, of all or along a dimension.
---@param dim integer?
---@return number|lis.Tensor
function Tensor:max(dim) end

--- The variance (divided by n - 1), of all or along a dimension.
---@param dim integer?
---@return number|lis.Tensor
function Tensor:variance(dim) end

--- How many elements are not 0.
---@return integer
function Tensor:count() end

--- The rows at the given codes: out[i] = self[index[i]], a row of zeros where index[i] is -1.
---@param index lis.Tensor  i32 [n], 0-based row codes
---@return lis.Tensor  [n] or [n, d], of this type
function Tensor:take(index) end

--- Adds rows at the given codes, in place and in input order; code -1 is skipped.
---@param index lis.Tensor  i32 [n], 0-based row codes
---@param rows lis.Tensor   [n] or [n, d], of this type
---@return lis.Tensor self
function Tensor:scatter_add_(index, rows) end

--- The 0-based codes of the elements of a 1-d tensor that are not 0, ascending.
---@return lis.Tensor  i32
function Tensor:nonzero() end

--- The distinct elements, ascending.
---@return lis.Tensor
function Tensor:unique() end

--- The order that sorts a 1-d tensor, ascending and stable; NaN comes last.
---@return lis.Tensor codes  i32 [n], 0-based
function Tensor:argsort() end

--- How often each code occurs, or the sum of its weights; -1 is skipped.
---@param n integer            codes are below it
---@param weight lis.Tensor?   as long as self
---@return lis.Tensor  f64 [n]
function Tensor:bincount(n, weight) end

return tensor
