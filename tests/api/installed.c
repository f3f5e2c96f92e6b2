/* installed.c -- the smallest program that needs the installed headers and the installed library.
 */
#include <stdio.h>

#include <weir/weir.h>

int main(void)
{
    printf("%s\n", weir_code_name(WEIR_ENOTFOUND));
    return 0;
}
