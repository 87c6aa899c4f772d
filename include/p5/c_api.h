/* p5 for C, and for languages that call C: the functions of libp5_c.so, which has no other symbols. The Python
   package (docs/python.md) is made of these.

   Functions return P5_OK or the code of an error; p5_last_error() then has its message for the thread that called. A
   function that fails leaves its results as they were. Texts are UTF-8. A handle is used by one thread at a time,
   except where its functions say otherwise, and freed by its own function, which takes NULL. Texts that a function
   gives are freed by p5_free_text(). What a handle lends lives as long as the handle. */
#ifndef P5_C_API_H_
#define P5_C_API_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The codes of p5/error.h. Work that was stopped and has no result is unavailable. */
enum {
  P5_OK = 0,
  P5_INVALID_ARGUMENT = 1,
  P5_NOT_FOUND = 2,
  P5_CORRUPTED = 3,
  P5_UNSUPPORTED = 4,
  P5_UNAVAILABLE = 5,
  P5_INTERNAL = 6
};

/* Grows when a function changes; a caller refuses another number than its own. */
#define P5_C_API_VERSION 2
int p5_c_api_version(void);
const char* p5_version(void);
const char* p5_last_error(void);
void p5_free_text(char* text);

/* Texts in one piece of memory: text i is the bytes [offsets[i], offsets[i + 1]) of `bytes`; `offsets` has count + 1
   entries. A count of 0 with NULL: there is no such column. */
typedef struct {
  const char* bytes;
  const uint64_t* offsets;
  uint64_t count;
} p5_texts;

enum { P5_UINT32 = 0, P5_INT64 = 1, P5_UINT64 = 2, P5_FLOAT32 = 3, P5_FLOAT64 = 4 };
typedef struct {
  const void* data;
  uint64_t count;
  int32_t type;
} p5_numbers;

/* Stops work. p5_stop_request() may be called by any thread at any time before the stop is freed. */
typedef struct p5_stop p5_stop;
p5_stop* p5_stop_new(void);
void p5_stop_request(p5_stop* stop);
void p5_stop_free(p5_stop* stop);

/* Hears work. Texts live until the call returns; calls may come from any thread. */
typedef struct {
  void (*progress)(void* context, const char* label, const char* unit, const char* note, uint64_t done, uint64_t total,
                   double seconds, int32_t ended);
  /* level: 0 debug, 1 info, 2 warning, 3 error; json: the message with its values by name. */
  void (*message)(void* context, int32_t level, const char* text, const char* json);
  void* context;
} p5_listener;

/* Who stops and who hears a call: either may be NULL. */
typedef struct {
  const p5_stop* stop;
  const p5_listener* listener;
} p5_work;

/* run_json() of p5/json_calls.h: "import", "train", "evaluate", ... `work` may be NULL. */
int p5_run(const char* verb, const char* request, const p5_work* work, char** answer);

/* A corpus from columns: table_import_request_of() of p5/json_calls.h. */
typedef struct {
  p5_texts users, items;
  const double* ratings;   /* [users.count], NaN = none; or NULL */
  const int64_t* times_ms; /* [users.count], INT64_MIN = none; or NULL */
  p5_texts types, reviews, headlines;
  p5_texts item_keys, item_titles, item_brands, item_descriptions;
  const double* item_prices; /* [item_keys.count], NaN = not known; or NULL */
  p5_texts item_categories;
  const uint64_t* item_category_begins; /* [item_keys.count + 1], or NULL */
  p5_texts item_attributes, event_attributes;
  p5_texts user_keys, user_names, user_attributes;
} p5_table;
int p5_import_table(const p5_table* table, const char* request, const p5_work* work, char** report);

/* A corpus as columns; any number of threads may ask one at a time or together. */
typedef struct p5_corpus p5_corpus;
int p5_corpus_open(const char* folder, p5_corpus** corpus);
int p5_corpus_texts(const p5_corpus* corpus, const char* column, p5_texts* texts);
int p5_corpus_numbers(const p5_corpus* corpus, const char* column, p5_numbers* numbers);
int32_t p5_corpus_integer_users(const p5_corpus* corpus);
int32_t p5_corpus_integer_items(const p5_corpus* corpus);
void p5_corpus_free(p5_corpus* corpus);

/* A trained run. `options`: recommender_options_of() of p5/json_calls.h. */
typedef struct p5_recommender p5_recommender;
int p5_recommender_open(const char* run, const char* options, const p5_work* work, p5_recommender** recommender);
/* For one more caller; threads may ask for one at the same time, also while the recommender works. */
int p5_recommender_worker(const p5_recommender* recommender, p5_recommender** worker);
/* The keys of users and items, in the order of their numbers. */
int p5_recommender_keys(p5_recommender* recommender, p5_texts* users, p5_texts* items);
int32_t p5_recommender_integer_users(const p5_recommender* recommender);
int32_t p5_recommender_integer_items(const p5_recommender* recommender);
/* ask_json() of p5/json_calls.h. */
int p5_recommender_ask(p5_recommender* recommender, const char* question, const char* request, const p5_work* work,
                       char** answer);
void p5_recommender_free(p5_recommender* recommender);

/* Whom lists are for, a row each. Row i is the user users[i] with the items [begins[i], begins[i + 1]) after the
   history that the corpus has; where users[i] is empty or not in the corpus, these items are the history. */
typedef struct {
  p5_texts users; /* [rows] */
  p5_texts items;
  const uint64_t* begins; /* [rows + 1] */
} p5_askers;

/* Lists, best first. Arrays are [rows, k] in rows; places that a list does not fill have the number -1 and NaN. */
typedef struct p5_lists p5_lists;
typedef struct {
  uint64_t rows, k;
  const int32_t* numbers; /* of items */
  const double* scores;
  const double* shares;
  const int32_t* lengths; /* [rows] */
} p5_list_arrays;
/* `request` is the body of "recommend" without user and history, for all rows. Lists are searched together in blocks; a
 * stop is heeded between blocks. */
int p5_recommend(p5_recommender* recommender, const char* request, const p5_askers* askers, const p5_work* work,
                 p5_lists** lists);
void p5_lists_arrays(const p5_lists* lists, p5_list_arrays* arrays);
/* One list as `p5 recommend --json` prints it: titles, sources, reasons, and explanations where the request wants them.
   It is asked for again, of the recommender that answered or of another worker of it. */
int p5_lists_json(const p5_lists* lists, uint64_t row, p5_recommender* recommender, const p5_work* work, char** json);
void p5_lists_free(p5_lists* lists);

/* Stars that users[i] would give items[i], into stars [users.count]. */
int p5_predict(p5_recommender* recommender, const p5_texts* users, const p5_texts* items, const p5_work* work,
               double* stars);

#ifdef __cplusplus
}
#endif

#endif /* P5_C_API_H_ */
