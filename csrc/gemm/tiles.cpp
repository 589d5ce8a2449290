#include "gemm/micro.h"

namespace gm::GM_ISA {
namespace {

template <class T, Layout layout, int V, int R>
constexpr void list_tiles(Tiles<T>& tiles) {
  tiles.of[V - 1][R - 1] = tile<T, R, V, layout>;
  // Of the others there would be no room for all, and little use.
  if constexpr (sizeof(T) == sizeof(float) && R == tile_rows<T>(layout, V) && V > 1 &&
                (layout == Layout::Rows || (layout == Layout::Packed && V == Blocking<T>::kPanel)))
    tiles.keeping[V - 1] = tile<T, R, V, layout, true>;
  if constexpr (R > 1)
    list_tiles<T, layout, V, R - 1>(tiles);
  else if constexpr (V > 1)
    list_tiles<T, layout, V - 1, tile_rows<T>(layout, V - 1)>(tiles);
}
template <class T, Layout layout>
constexpr Tiles<T> make_tiles() {
  constexpr int V = layout == Layout::Rows ? Blocking<T>::kDirectPanel : Blocking<T>::kPanel;
  Tiles<T> tiles{};
  list_tiles<T, layout, V, tile_rows<T>(layout, V)>(tiles);
  return tiles;
}
template <class T>
constexpr AllTiles<T> make_all_tiles() {
  return {{make_tiles<T, Layout::Packed>(), make_tiles<T, Layout::Columns>(),
           make_tiles<T, Layout::Rows>()}};
}

}  // namespace

constinit const AllTiles<float> float_tiles = make_all_tiles<float>();
constinit const AllTiles<double> double_tiles = make_all_tiles<double>();

}  // namespace gm::GM_ISA
