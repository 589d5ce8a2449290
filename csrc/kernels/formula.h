// Operations as structs, a line each: what kernels apply to vectors is passed on by type, and a
// type without a name cannot go to a GPU.
#pragma once

#define GM_OF_ONE(Name, formula)           \
  struct Name {                            \
    template <class V>                     \
    GM_INLINE auto operator()(V x) const { \
      return formula;                      \
    }                                      \
  };
#define GM_OF_TWO(Name, a, b, formula)          \
  struct Name {                                 \
    template <class V>                          \
    GM_INLINE auto operator()(V a, V b) const { \
      return formula;                           \
    }                                           \
  };
#define GM_OF_THREE(Name, a, b, c, formula)          \
  struct Name {                                      \
    template <class V>                               \
    GM_INLINE auto operator()(V a, V b, V c) const { \
      return formula;                                \
    }                                                \
  };
#define GM_OF_FOUR(Name, a, b, c, d, formula)             \
  struct Name {                                           \
    template <class V>                                    \
    GM_INLINE auto operator()(V a, V b, V c, V d) const { \
      return formula;                                     \
    }                                                     \
  };
