/* A program of someone else's, built against the installed library: the AUC of four rows. */
#include <stdio.h>

#include <lis/metric/auc.h>

int main(void) {
    float scores[] = {0.9f, 0.8f, 0.3f, 0.1f};
    uint8_t labels[] = {1, 0, 1, 0};
    int64_t rows = 4;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 1);
    lis_error error;
    lis_tensor score, label;
    if (lis_tensor_wrap(&score, LIS_F32, 1, &rows, scores, NULL, NULL, &error) != LIS_OK) return 1;
    if (lis_tensor_wrap(&label, LIS_U8, 1, &rows, labels, NULL, NULL, &error) != LIS_OK) return 1;

    lis_scored scored = {.score = &score, .label = &label};
    lis_metric auc = {0};
    lis_status status = lis_auc(&ctx, &auc, &scored, &error);
    printf("%s %.2f\n", status == LIS_OK ? "auc" : error.message, auc.value);
    lis_metric_release(&auc);
    lis_tensor_release(&score);
    lis_tensor_release(&label);
    return status != LIS_OK;
}
