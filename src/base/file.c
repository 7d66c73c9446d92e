#include "lis/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lis/base/confine.h"
#include "lis/base/mem.h"

enum { TEMPORARY_TRIES = 1000 };

static char *copy_text(const char *text) {
    size_t length = strlen(text);
    char *copy = lis_alloc(length + 1, 1);
    if (copy) memcpy(copy, text, length + 1);
    return copy;
}

static bool is_folder(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

lis_status lis_file_make_folder(const char *path, lis_error *err) {
    LIS_TRY(lis_confine_check(path, err));
    char *part = copy_text(path);
    if (!part) return lis_fail_nomem(err, "a path", (double)strlen(path) + 1);
    lis_status status = LIS_OK;
    for (char *at = part; status == LIS_OK; at++) {
        if (*at != '/' && *at != '\0') continue;
        char closing = *at;
        *at = '\0';
        if (*part && mkdir(part, 0777) != 0) {
            /* An existing folder may answer EEXIST, but also EROFS or EACCES. */
            int reason = errno == EEXIST ? ENOTDIR : errno;
            if (!is_folder(part)) status = lis_fail_io(err, reason, "cannot make folder", part);
        }
        *at = closing;
        if (closing == '\0') break;
    }
    lis_free(part);
    return status;
}

static lis_status make_parent(char *path, lis_error *err) {
    char *slash = strrchr(path, '/');
    if (!slash || slash == path) return LIS_OK;
    *slash = '\0';
    lis_status status = lis_file_make_folder(path, err);
    *slash = '/';
    return status;
}

/* Opens the first "<path>.tmp.<pid>.<n>" that does not exist; -1 with errno where none can be. */
static int open_temporary(lis_file *file, size_t room) {
    for (int n = 0; n < TEMPORARY_TRIES; n++) {
        snprintf(file->temporary, room, "%s.tmp.%ld.%d", file->path, (long)getpid(), n);
        int fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST) return fd;
    }
    return -1;
}

static void forget_names(lis_file *file) {
    lis_free(file->path);
    lis_free(file->temporary);
    *file = (lis_file){0};
}

lis_status lis_file_create(lis_file *file, const char *path, lis_error *err) {
    LIS_TRY(lis_confine_check(path, err));
    size_t room = strlen(path) + 64;
    file->path = copy_text(path);
    file->temporary = lis_alloc(room, 1);
    lis_status status = LIS_OK;
    int fd = -1;
    if (!file->path || !file->temporary) {
        status = lis_fail_nomem(err, "a path", (double)room);
    } else if ((status = make_parent(file->path, err)) == LIS_OK) {
        fd = open_temporary(file, room);
        if (fd < 0) status = lis_fail_io(err, errno, "cannot create", file->temporary);
    }
    if (status == LIS_OK) {
        file->stream = fdopen(fd, "wb");
        if (file->stream) return LIS_OK;
        status = lis_fail_io(err, errno, "cannot create", file->temporary);
        close(fd);
        unlink(file->temporary);
    }
    forget_names(file);
    return status;
}

lis_status lis_file_write(lis_file *file, const void *bytes, size_t length, lis_error *err) {
    if (!file->stream) return lis_fail(err, LIS_ESTATE, "the file is closed");
    if (length && fwrite(bytes, 1, length, file->stream) != length)
        return lis_fail_io(err, errno, "cannot write", file->path);
    return LIS_OK;
}

lis_status lis_file_rewind(lis_file *file, lis_error *err) {
    if (!file->stream) return lis_fail(err, LIS_ESTATE, "the file is closed");
    if (fseek(file->stream, 0, SEEK_SET) != 0)
        return lis_fail_io(err, errno, "cannot write", file->path);
    return LIS_OK;
}

/* A rename is durable only once the folder that holds the name is synced. Best effort: some file
 * systems refuse, and the content itself is safe by then. */
static void sync_folder_of(char *path) {
    char *slash = strrchr(path, '/');
    if (slash) slash[slash == path] = '\0';
    int fd = open(slash ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    fsync(fd);
    close(fd);
}

lis_status lis_file_commit(lis_file *file, lis_error *err) {
    if (!file->stream) return lis_fail(err, LIS_ESTATE, "the file is closed");
    int reason = 0;
    if (ferror(file->stream))
        reason = EIO; /* an earlier write failed; its errno is long gone */
    else if (fflush(file->stream) != 0 || fsync(fileno(file->stream)) != 0)
        reason = errno;
    if (fclose(file->stream) != 0 && reason == 0) reason = errno;
    file->stream = NULL;
    lis_status status = LIS_OK;
    if (reason != 0)
        status = lis_fail_io(err, reason, "cannot write", file->path);
    else if (rename(file->temporary, file->path) != 0)
        status = lis_fail_io(err, errno, "cannot write", file->path);
    if (status == LIS_OK)
        sync_folder_of(file->path);
    else
        unlink(file->temporary);
    forget_names(file);
    return status;
}

void lis_file_abort(lis_file *file) {
    if (file->stream) {
        fclose(file->stream);
        unlink(file->temporary);
    }
    forget_names(file);
}

lis_status lis_file_save(const char *path, const void *bytes, size_t length, lis_error *err) {
    lis_file file = {0};
    LIS_TRY(lis_file_create(&file, path, err));
    lis_status status = lis_file_write(&file, bytes, length, err);
    if (status == LIS_OK) return lis_file_commit(&file, err);
    lis_file_abort(&file);
    return status;
}

lis_status lis_file_look(lis_file_stamp *stamp, const char *path, lis_error *err) {
    struct stat info;
    if (stat(path, &info) != 0) return lis_fail_io(err, errno, "cannot read", path);
    if (!S_ISREG(info.st_mode))
        return lis_fail(err, LIS_EIO, "cannot read '%s': not a regular file", path);
    *stamp = (lis_file_stamp){.size = info.st_size,
                              .modified =
                                  (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec};
    return LIS_OK;
}

lis_status lis_file_map_open(lis_file_map *map, const char *path, lis_error *err) {
    static const unsigned char nothing[1];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return lis_fail_io(err, errno, "cannot open", path);
    struct stat info;
    lis_status status = LIS_OK;
    void *base = NULL;
    if (fstat(fd, &info) != 0) {
        status = lis_fail_io(err, errno, "cannot read", path);
    } else if (!S_ISREG(info.st_mode)) {
        status = lis_fail(err, LIS_EIO, "cannot read '%s': not a regular file", path);
    } else if (info.st_size > 0) {
        base = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (base == MAP_FAILED) status = lis_fail_io(err, errno, "cannot map", path);
    }
    close(fd);
    if (status != LIS_OK) return status;
    *map = (lis_file_map){.bytes = base ? base : nothing,
                          .size = base ? (size_t)info.st_size : 0,
                          .base = base,
                          .extent = base ? (size_t)info.st_size : 0,
                          .device = (uint64_t)info.st_dev,
                          .inode = (uint64_t)info.st_ino};
    return LIS_OK;
}

lis_status lis_file_map_part(lis_file_map *part, const lis_file_map *whole, const char *path,
                             size_t begin, size_t end, lis_error *err) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE), first = begin / page * page;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return lis_fail_io(err, errno, "cannot open", path);
    struct stat info;
    bool same = fstat(fd, &info) == 0 && (uint64_t)info.st_dev == whole->device &&
                (uint64_t)info.st_ino == whole->inode && (size_t)info.st_size == whole->size;
    void *base = MAP_FAILED;
    int reason = 0;
    if (same) {
        /* Populated while it is read-only: populating a writable private mapping would copy it. */
        base = mmap(NULL, end - first, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, (off_t)first);
        reason = errno;
    }
    close(fd);
    if (!same) return lis_fail(err, LIS_EIO, "'%s' was replaced while it was open", path);
    if (base == MAP_FAILED) return lis_fail_io(err, reason, "cannot map", path);
    if (mprotect(base, end - first, PROT_READ | PROT_WRITE) != 0) {
        reason = errno;
        munmap(base, end - first);
        return lis_fail_io(err, reason, "cannot map", path);
    }
    *part = (lis_file_map){.bytes = (unsigned char *)base + (begin - first),
                           .size = end - begin,
                           .base = base,
                           .extent = end - first};
    return LIS_OK;
}

void lis_file_map_close(lis_file_map *map) {
    if (map->base) munmap(map->base, map->extent);
    *map = (lis_file_map){0};
}

/* A page that another reader still wants comes back by itself: whole pages are given up. */
void lis_file_map_forget(const lis_file_map *map, size_t begin, size_t end) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    begin = begin / page * page;
    if (map->base && begin < end) madvise((char *)map->base + begin, end - begin, MADV_DONTNEED);
}
